"""`validate --fix`: every safe fix is applied, with `--unsafe-fixes` every other too, and nothing else is touched."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from invalid_cases import Case, read_cases

from archspec.diagnostics import Diagnostic, Edit, Fix, Label
from archspec.files import CannotRun, Folder
from archspec.fixing import Change, Fixed, edited, fix, save
from archspec.ir import Constant
from archspec.limits import Limits
from archspec.source import Source, Span
from archspec.targets import Target, locate
from archspec.validation import Verdict, judge_target

BOM = b"\xef\xbb\xbf"
CASES = [case for case in read_cases() if case.is_utf8]


def judged(text: str, target: Target, settings: Mapping[str, Constant] | None = None) -> Verdict:
    return judge_target(text, target, settings=settings or {}, limits=Limits())


def fix_case(case: Case, data: bytes, *, unsafe: bool = False) -> Fixed:
    """The case as if it had this content; its file stays as it is."""
    name = str(case.path)
    text = f"{name}:{case.variant}" if case.variant else name
    target = Target(name, data, case.variant, Folder.of(name))
    return fix([(text, target)], lambda text, target: judged(text, target, case.settings), unsafe=unsafe)


def result(fixed: Fixed, before: bytes) -> bytes:
    assert len(fixed.changes) <= 1
    return fixed.changes[0].after if fixed.changes else before


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_corpus_is_fixed_until_no_fix_is_left(case: Case) -> None:
    """First what is safe, then the rest."""
    before = after = case.text.encode()
    for unsafe in (False, True):
        fixed = fix_case(case, after, unsafe=unsafe)
        left = [
            found.fixes[0]
            for found in fixed.verdicts[0].diagnostics
            if found.fixes and all(edit.span.source.name == str(case.path) for edit in found.fixes[0].edits)
        ]
        assert not [each for each in left if each.is_safe or unsafe]
        assert bool(fixed.applied) == bool(fixed.changes)
        after = result(fixed, after)
        assert fix_case(case, after, unsafe=unsafe).changes == ()
        if not left:
            break

    # A comment goes with an entry that is deleted, if it stands inside; none is changed, or moved past another.
    comments = iter([line for line in before.split(b"\n") if line.startswith(b"#")])
    assert all(line in comments for line in after.split(b"\n") if line.startswith(b"#"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_line_ends_and_a_byte_order_mark_stay(case: Case) -> None:
    """The same file with other line ends gets the same fixes."""
    before = case.text.encode()
    if b"\r" in before:
        return
    other = BOM + before.replace(b"\n", b"\r\n")
    after = result(fix_case(case, before), before)
    assert result(fix_case(case, other), other) == BOM + after.replace(b"\n", b"\r\n")


# Which fixes are kept. `judge_words` finds what each test wants it to find.


def finding(
    target: Target,
    words: str,
    text: str,
    *,
    code: str = "E0202",
    severity: str = "error",
    is_safe: bool = True,
) -> Diagnostic:
    """A finding at the first of the words, with a fix that writes `text` in their place."""
    source = Source(target.name, target.data.decode())
    start = source.text.index(words)
    span = Span(source, start, start + len(words))
    fixes = (Fix(f"write `{text}`", (Edit(span, text),), is_safe),)
    assert severity in ("error", "warning")
    return Diagnostic(
        code,
        "error" if severity == "error" else "warning",
        f"not `{words}`",
        span,
        (Label("", span),),
        fixes=fixes,
    )


def fix_text(text: str, judge_words, *, unsafe: bool = False) -> tuple[str, list[str]]:
    """What becomes of a text, and what was done. `judge_words` gives the findings in a target."""

    def judge(name: str, target: Target) -> Verdict:
        return Verdict(name, {}, tuple(judge_words(target)))

    target = Target("<stdin>", text.encode())
    fixed = fix([("-", target)], judge, unsafe=unsafe)
    return result(fixed, target.data).decode(), [applied.what for applied in fixed.applied]


def test_a_fix_can_lay_bare_the_next() -> None:
    def judge(target: Target):
        if b"a" in target.data:
            yield finding(target, "a", "b")
        elif b"b" in target.data:
            yield finding(target, "b", "c")

    assert fix_text("[a]", judge) == ("[c]", ["`a` → `b`", "`b` → `c`"])


def test_of_overlapping_fixes_the_first_wins() -> None:
    def judge(target: Target):
        if b"one two" in target.data:
            yield finding(target, "one two", "three two")
        if b"two" in target.data:
            yield finding(target, "two", "four")

    text, done = fix_text("one two", judge)
    assert (text, done) == ("three four", ["`one two` → `three two`", "`two` → `four`"])


def test_a_fix_that_is_not_safe_is_applied_where_that_is_asked_for() -> None:
    def judge(target: Target):
        if b"a" in target.data:
            yield finding(target, "a", "b")
        if b"c" in target.data:
            yield finding(target, "c", "d", is_safe=False)

    assert fix_text("a c", judge) == ("b c", ["`a` → `b`"])
    assert fix_text("a c", judge, unsafe=True) == ("b d", ["`a` → `b`", "`c` → `d`"])


def test_what_a_person_may_have_meant_stays() -> None:
    """A parameter, a block or defaults yet to be used; a layout; a bias that a checkpoint has; a reason in a note."""
    text = (
        "archspec: 1\nname: T\ninput: [64, 64, 4]\nparams: {width: 8}  # of the paper\ndefaults: {fc: {bias: false}}\n"
        "blocks:\n  later: {seq: [relu]}  # soon\nbody:\n  - {conv: 8, kernel: 3, padding: 1}\n  - norm\n"
        "  - {conv: 8, kernel: 3, note: allow W0404 as published}\n  - {conv: 8, kernel: 1, note: allow W0404}\n"
    )
    codes = ["W0416", "W0401", "W0403", "W0402", "W0404", "W0415", "W0415"]
    target = Target("<stdin>", text.encode())
    assert sorted(found.code for found in judged("-", target).diagnostics) == sorted(codes)
    fixed = fix([("-", target)], judged)
    assert result(fixed, target.data).decode() == text.replace(" 1, note: allow W0404}", " 1}")
    assert len(fixed.verdicts[0].diagnostics) == len(codes) - 1
    assert fix([("-", target)], judged, unsafe=True).verdicts[0].diagnostics == ()


@pytest.mark.parametrize(
    ("node", "is_safe"),
    [
        ("{conv: 8, kernal: 3}", True),  # a slip
        ("{conv: 8, kernel: 3, pad: 1}", True),  # cut short
        ("{conv: 8, kern_of_it: 3}", False),  # the nearest, and not near
        ("{conv2d: 8, kernel: 3}", True),  # another library's name
        ("{use: reshape}", False),  # of a layer with other arguments
        ("{conv: 8, kernel: 3, in_channels: 3}", True),  # what is so
        ("{conv: 8, kernel: 3, in_channels: 4}", False),  # what is not
        ("{conv: [3, 8], kernel: 3}", True),  # by position, of which one is known
        ("{conv: [8, 16, 3]}", False),  # by position, in either order
        ("{relu: true}", True),  # says nothing
        ("{relu: 6}", False),  # says something
        ("{residual: [{conv: 3, kernel: 3}]}", True),  # a padding that lacks
        ("{residual: [{conv: 3, kernel: 5, padding: 1}]}", False),  # one that is written
        ("{residual: [{conv: 6, kernel: 1}], shortcut: identity}", False),  # the shortcut that is written
        ("{fc: 10}", False),  # one remedy of two
        ("[{conv: 8, kernel: 3]", True),  # a bracket that can be but one
    ],
)
def test_a_fix_is_safe_where_nothing_else_can_be_meant(node: str, is_safe: bool) -> None:
    text = f"archspec: 1\ninput: [3, 32, 32]\nbody:\n  - {node}\n"
    found = judged("net.yaml", Target("net.yaml", text.encode())).diagnostics
    assert [found[0].fixes[0].is_safe] == [is_safe]


def test_a_fix_that_does_not_help_is_not_applied() -> None:
    def judge(target: Target):
        yield finding(target, "a", "aa")

    assert fix_text("[a]", judge) == ("[a]", [])


def test_a_fix_that_breaks_the_reading_is_not_applied() -> None:
    def judge(target: Target):
        if b"a" in target.data:
            yield finding(target, "a", "[")
        if b"b" in target.data:
            yield finding(target, "b", "c")
        if b"[" in target.data:
            yield finding(target, "[", "", code="E0101")

    assert fix_text("a b", judge) == ("a c", ["`b` → `c`"])


HEAD = "archspec: 1\nname: Net\ninput: [8, 8, 8]\n"
AFTER = "body:\n  - residual:\n      a: {conv: 8, kernel: 3, padding: 1}\n      after:\n"
LISTED = "params: {kind: b}\nblocks: {b: {params: {c: list}, conv: '$(c[0])', kernel: 1}}\nbody:\n"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (AFTER + "        relu\n      shortcut: auto\n", 1),
        # A comment at the margin cannot be moved to the left with the lines around it.
        (AFTER + "# drop it\n        relu\n      shortcut: auto\n", 0),
        (LISTED + "  - $kind: [8, 9]\n", 1),
        # A list of several lines does not fit behind a key.
        (LISTED + "  - $kind:\n      - 8\n      - 9\n", 0),
    ],
)
def test_lines_that_a_fix_cannot_take_along_are_left_alone(text: str, count: int) -> None:
    (found,) = judged(HEAD + text, Target("net.yaml", (HEAD + text).encode())).diagnostics
    assert len(found.fixes) == count


def test_a_fix_of_a_warning_makes_no_error() -> None:
    def judge(target: Target):
        if b"a" in target.data:
            yield finding(target, "a", "b", code="W0401", severity="warning")
        else:
            yield finding(target, "b", "c", code="E0206")

    assert fix_text("a", judge) == ("a", [])


def test_errors_are_fixed_before_warnings() -> None:
    def judge(target: Target):
        if b"a" in target.data:
            yield finding(target, "a", "x", code="W0401", severity="warning")
        if b"b" in target.data:
            yield finding(target, "b", "x")

    assert fix_text("a b", judge)[1] == ["`b` → `x`", "`a` → `x`"]


def test_of_fixes_that_do_not_go_together_one_is_applied() -> None:
    """Each of two entries may go; without both, the mapping is empty."""

    def judge(target: Target):
        used = [name for name in ("a: 1\n", "b: 2\n") if name.encode() in target.data]
        for name in used if len(used) == 2 else ():
            yield finding(target, name, "", code="W0401", severity="warning")
        if not used:
            yield finding(target, "params:\n", "params:\n", code="E0206")

    assert fix_text("params:\na: 1\nb: 2\n", judge)[0] == "params:\nb: 2\n"


def test_what_is_deleted_is_said_with_the_reason() -> None:
    def judge(target: Target):
        if b"unused: 1" in target.data:
            yield finding(target, "unused: 1", "", code="W0401", severity="warning")

    assert fix_text("{unused: 1}", judge) == ("{}", ["not `unused: 1`: write ``"])


def test_two_names_that_would_become_one() -> None:
    spec = "archspec: 1\ninput: [3, 8, 8]\nbody:\n  - {conv: 8, kernel: 3, padidng: 1, paddig: 1}\n"
    fixed = fix([("-", Target("<stdin>", spec.encode()))], judged)
    assert b"padding: 1, paddig: 1" in result(fixed, spec.encode())
    assert [found.code for found in fixed.verdicts[0].diagnostics] == ["E0202"]


def test_edits_are_those_of_the_text_behind_a_byte_order_mark() -> None:
    source = Source("net.yaml", "é: 漢\r\nb: 1")
    edits = [Edit(Span(source, 3, 4), "字"), Edit(Span(source, 6, 7), "c"), Edit(Span(source, 10, 10), "0")]
    assert edited(BOM + source.text.encode(), edits) == BOM + "é: 字\r\nc: 10".encode()


# Which files are changed.

LIBRARY = "archspec: 1\nblocks:\n  part: {seq: [{conv: 8, kernal: 3}]}\n"
SPEC = (
    "archspec: 1\nname: Net\nimport: {lib: lib/parts.yaml}\ninput: [3, 8, 8]\nbody: [lib.part, {maxpol: 2}]\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a spec and the library that it imports."""
    monkeypatch.chdir(tmp_path)
    Path("nets/lib").mkdir(parents=True)
    Path("nets/net.yaml").write_text(SPEC)
    Path("nets/lib/parts.yaml").write_text(LIBRARY)
    return tmp_path


def fix_files(*names: str) -> Fixed:
    return fix([(name, locate(name)) for name in names], judged)


class TestFiles:
    def test_an_imported_file_is_left_alone(self, folder: Path) -> None:
        fixed = fix_files("nets/net.yaml")
        assert [change.name for change in fixed.changes] == ["nets/net.yaml"]
        assert fixed.left == ("`nets/lib/parts.yaml` is left as it is: only files that are named are fixed",)
        assert not fixed.verdicts[0].valid

    @pytest.mark.parametrize("order", [1, -1])
    def test_unless_it_is_named_too(self, folder: Path, order: int) -> None:
        fixed = fix_files(*["nets/net.yaml", "nets/lib/parts.yaml"][::order])
        assert sorted(change.name for change in fixed.changes) == ["nets/lib/parts.yaml", "nets/net.yaml"]
        assert fixed.left == ()
        assert all(verdict.valid for verdict in fixed.verdicts)
        for change in fixed.changes:
            save(change)
        assert Path("nets/lib/parts.yaml").read_text() == LIBRARY.replace("kernal", "kernel")
        assert Path("nets/net.yaml").read_text() == SPEC.replace("maxpol", "maxpool")

    def test_a_symbolic_link_is_left_alone(self, folder: Path) -> None:
        os.symlink("lib/parts.yaml", "nets/link.yaml")
        Path("nets/net.yaml").write_text(SPEC.replace("lib/parts", "link"))
        fixed = fix_files("nets/net.yaml", "nets/link.yaml")
        assert [change.name for change in fixed.changes] == ["nets/net.yaml"]
        os.symlink("net.yaml", "nets/other.yaml")
        fixed = fix_files("nets/other.yaml")
        assert fixed.changes == ()
        assert "`nets/other.yaml` is left as it is: it is a symbolic link" in fixed.left

    def test_a_shipped_network_is_left_alone(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Even where a file of the same name lies in the current folder."""
        Path("mine.yaml").write_text(SPEC)
        Path("shipped").mkdir()
        Path("shipped/mine.yaml").write_text(SPEC.replace("import: {lib: lib/parts.yaml}\n", ""))
        monkeypatch.setattr("archspec.targets.shipped_folder", lambda: Path("shipped"))
        fixed = fix_files("mine")
        assert fixed.changes == ()
        assert fixed.left == ("`mine` is left as it is: it ships with archspec",)

    def test_a_file_with_variants_is_one_file(self, folder: Path) -> None:
        text = "archspec: 1\nparams: {n: 8}\nvariants: {a: {n: 4}, b: {n: 2}}\n"
        text += "input: [3, 8, 8]\nbody: [{conv: $n, kernal: 3}]\n"
        Path("net.yaml").write_text(text)
        (change,) = fix_files("net.yaml:a", "net.yaml:b", "net.yaml").changes
        assert change.after.decode() == text.replace("kernal", "kernel")

    def test_a_file_that_changed_meanwhile_is_left_alone(self, folder: Path) -> None:
        (change,) = fix_files("nets/net.yaml").changes
        Path("nets/net.yaml").write_text("theirs")
        with pytest.raises(CannotRun, match="was changed meanwhile"):
            save(change)
        assert Path("nets/net.yaml").read_text() == "theirs"

    def test_a_file_that_became_a_link_is_left_alone(self, folder: Path) -> None:
        (change,) = fix_files("nets/net.yaml").changes
        os.rename("nets/net.yaml", "elsewhere.yaml")
        os.symlink("../elsewhere.yaml", "nets/net.yaml")
        with pytest.raises(CannotRun, match="was changed meanwhile"):
            save(change)
        assert Path("elsewhere.yaml").read_text() == SPEC

    def test_a_read_only_file_is_left_alone(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (change,) = fix_files("nets/net.yaml").changes
        monkeypatch.setattr(os, "access", lambda path, mode: False)
        with pytest.raises(CannotRun, match="it is read-only"):
            save(change)
        assert Path("nets/net.yaml").read_text() == SPEC

    def test_a_file_that_is_gone_cannot_be_written(self, folder: Path) -> None:
        change = Change(str(folder / "gone.yaml"), "gone.yaml", b"", b"new")
        with pytest.raises(CannotRun):
            save(change)
        assert not Path("gone.yaml").exists()
