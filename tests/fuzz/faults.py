"""One fault in a valid spec: which code it must give, and which text must be underlined.

In: a generated spec as text, taken apart. Out: the text with exactly one thing wrong, made by an edit of the text
itself, so that the place of the mistake is known to the character.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from random import Random

import yaml

from archspec.ops import ALIASES, OPS
from fuzz.generate import generate
from fuzz.structures import STANDARD_FIRST
from fuzz.subjects import MODIFIERS, READY, STRUCTURES, Entry, Found, Subject, entries, subject


@dataclass(frozen=True)
class Broken:
    """The text with a fault: its code, and where the mistake stands."""

    text: str
    code: str
    start: int
    end: int


# ---------------------------------------------------------------- edits


def _replaced(subject: Subject, node: yaml.Node, new: str, code: str) -> Broken:
    """The text of a scalar replaced; that is what is wrong."""
    start, end = node.start_mark.index, node.end_mark.index
    text = subject.text[:start] + new + subject.text[end:]
    return Broken(text, code, start, start + len(new))


def _inserted(
    subject: Subject, mapping: yaml.MappingNode, key: str, value: str, code: str, *, at_value: bool = False
) -> Broken:
    """A new first entry of a mapping in block style; its key is wrong, or its value."""
    first = mapping.value[0][0].start_mark
    line = f"{key}: {value}\n{' ' * first.column}"
    start = first.index + (len(key) + 2 if at_value else 0)
    text = subject.text[: first.index] + line + subject.text[first.index :]
    return Broken(text, code, start, start + len(value if at_value else key))


def _appended(subject: Subject, entry: Entry, key: str, code: str) -> Broken:
    """A further entry before that one, at which the first error is not: `entry`'s own key is what is wrong."""
    mark = entry[0].start_mark
    line = f"{key}\n{' ' * mark.column}"
    text = subject.text[: mark.index] + line + subject.text[mark.index :]
    start = mark.index + len(line)
    return Broken(text, code, start, start + len(entry[0].value))


def _typo(rng: Random, word: str, valid: set[str]) -> str | None:
    """`word` with a slip that is no valid word, and like none so much as `word`."""
    for _ in range(8):
        at = rng.randrange(len(word))
        slips = (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :],
            word[:at] + "q" + word[at + 1 :],
        )
        slip = rng.choice(slips)
        nearest = get_close_matches(slip, sorted({word, *valid}), n=1, cutoff=0.7)
        if (
            nearest == [word]
            and slip not in valid
            and slip[:1].isalpha()
            and slip.lower() not in YAML_WORDS
            and slip != word
        ):
            return slip
    return None


YAML_WORDS = ("no", "yes", "on", "off", "true", "false", "null", "y", "n")


# ---------------------------------------------------------------- faults

Fault = Callable[[Subject, Random], "Broken | None"]


def _valid_callees(subject: Subject) -> set[str]:
    params = {name for block in subject.values.get("blocks", {}).values() for name in block.get("params", {})}
    return {
        *OPS,
        *ALIASES,
        *STRUCTURES,
        *MODIFIERS,
        *STANDARD_FIRST,
        *subject.values.get("blocks", {}),
        *subject.values.get("params", {}),
        *params,
        *("use", "for", "in", "do", "input"),
    }


def _pick(subject: Subject, rng: Random, wanted: Callable[[Found], object]) -> Found | None:
    fitting = [node for node in subject.nodes if wanted(node)]
    return rng.choice(fitting) if fitting else None


def misspelt_op(subject: Subject, rng: Random) -> Broken | None:
    node = _pick(subject, rng, lambda node: node.callee in OPS and len(node.callee) > 3)
    slip = node and _typo(rng, node.callee, _valid_callees(subject))
    return _replaced(subject, node.key, slip, "E0213" if node.by_use else "E0201") if node and slip else None


def misspelt_block(subject: Subject, rng: Random) -> Broken | None:
    own = {*subject.values.get("blocks", {}), *STANDARD_FIRST}
    node = _pick(subject, rng, lambda node: node.callee in own and len(node.callee) > 3)
    slip = node and _typo(rng, node.callee, _valid_callees(subject))
    return _replaced(subject, node.key, slip, "E0213" if node.by_use else "E0201") if node and slip else None


def misspelt_argument(subject: Subject, rng: Random) -> Broken | None:
    names = (
        "kernel",
        "stride",
        "padding",
        "dilation",
        "groups",
        "bias",
        "negative_slope",
        "expansion",
        "activation",
    )
    node = _pick(
        subject, rng, lambda node: node.callee in (*OPS, *STANDARD_FIRST) and set(names) & set(node.entries)
    )
    if node is None:
        return None
    name = rng.choice([name for name in names if name in node.entries])
    if name == "kernel" or (node.callee in OPS and name == OPS[node.callee].main):
        return None  # which would be missing as well
    slip = _typo(rng, name, {*_valid_callees(subject), *names, "norm", "eps", "affine", "width", "gate"})
    return (slip and _replaced(subject, node.entries[name][0], slip, "E0202")) or None


def number_out_of_range(subject: Subject, rng: Random) -> Broken | None:
    names = ("kernel", "stride", "dilation", "groups")
    node = _pick(subject, rng, lambda node: node.callee in OPS and any(node.argument(name) for name in names))
    value = node and next(filter(None, (node.argument(name) for name in names)))
    if not value or not value.value.isdigit():
        return None
    return _replaced(subject, value, rng.choice(("-3", "0")), "E0207")


def value_of_the_wrong_type(subject: Subject, rng: Random) -> Broken | None:
    names = ("kernel", "stride", "dilation", "bias")
    node = _pick(subject, rng, lambda node: node.callee in OPS and any(node.argument(name) for name in names))
    value = node and next(filter(None, (node.argument(name) for name in names)))
    if not value:
        return None
    quoted = f"'{value.value}'" if value.value.isdigit() else "wide"
    return _replaced(subject, value, rng.choice(("wide", "2.5", quoted, "1e2x")), "E0206")


def required_argument_left_out(subject: Subject, rng: Random) -> Broken | None:
    node = _pick(
        subject, rng, lambda node: node.callee == "conv" and "kernel" in node.entries and node.mapping
    )
    if node is None or node.mapping is None:
        return None
    keys = [key for key, _ in node.mapping.value]
    at = next(index for index, key in enumerate(keys) if key.value == "kernel")
    if at + 1 == len(keys):
        return None
    start, end = keys[at].start_mark.index, keys[at + 1].start_mark.index
    text = subject.text[:start] + subject.text[end:]
    mark = node.key.start_mark.index
    if mark > start:
        mark -= end - start
    return Broken(
        text, "E0205", mark, mark + len(subject.text[node.key.start_mark.index : node.key.end_mark.index])
    )


def kernel_larger_than_the_map(subject: Subject, rng: Random) -> Broken | None:
    def fits(node: Found) -> bool:
        padding = node.argument("padding")
        plain = "padding" not in node.entries or (padding is not None and padding.value.isdigit())
        return node.callee == "conv" and plain and node.argument("kernel") is not None

    node = _pick(subject, rng, fits)
    value = node and node.argument("kernel")
    return _replaced(subject, value, "99", "E0304") if value else None


def groups_that_do_not_divide(subject: Subject, rng: Random) -> Broken | None:
    def fits(node: Found) -> bool:
        channels = node.main
        return (
            node.callee == "conv"
            and node.argument("groups") is not None
            and isinstance(channels, yaml.ScalarNode)
            and channels.value.isdigit()
            and int(channels.value) % 7 != 0
        )

    node = _pick(subject, rng, fits)
    value = node and node.argument("groups")
    return _replaced(subject, value, "7", "E0305") if value else None


def unequal_skip(subject: Subject, rng: Random) -> Broken | None:
    """A convolution without padding as a main path, whose shortcut is the identity."""
    sizes = subject.values["input"]
    if not isinstance(sizes, list) or min(sizes[1:], default=0) < 4 or "stem" in subject.values:
        return None
    node = "{residual: [{conv: $in_channels, kernel: 2}], shortcut: identity}"
    return _first_child(subject, node, "E0301", 1, 1 + len("residual"))


def an_empty_sequence(subject: Subject, rng: Random) -> Broken | None:
    return _first_child(subject, "[]", "E0411", 0, 2)


def _first_child(subject: Subject, node: str, code: str, start: int, end: int) -> Broken | None:
    """The body with a node before all others. What is wrong stands from `start` to `end` in it."""
    body = entries(subject.root)["body"][1]
    if not isinstance(body, yaml.MappingNode):
        return None
    made = _inserted(subject, body, "put_before", node, code, at_value=True)
    return Broken(made.text, code, made.start + start, made.start + end)


def unknown_from(subject: Subject, rng: Random) -> Broken | None:
    node = _pick(subject, rng, lambda node: "from" in node.entries and node.argument("from") is not None)
    value = node and node.argument("from")
    if not value or value.value.isdigit() or "$" in value.value:
        return None
    return _replaced(subject, value, "nowhere_to_be_found", "E0405")


def unknown_share(subject: Subject, rng: Random) -> Broken | None:
    node = _pick(subject, rng, lambda node: node.callee == "share")
    return _replaced(subject, node.main, "nobody", "E0405") if node and node.main else None


def unknown_name_in_an_expression(subject: Subject, rng: Random) -> Broken | None:
    value = _argument_of_a_conv(subject, rng)
    if value is None:
        return None
    made = _replaced(subject, value, "$(unheard_of + 1)", "E0451")
    return Broken(made.text, made.code, made.start + 2, made.start + 2 + len("unheard_of"))


def expression_that_cannot_be_read(subject: Subject, rng: Random) -> Broken | None:
    value = _argument_of_a_conv(subject, rng)
    if value is None:
        return None
    made = _replaced(subject, value, "$(1 + )", "E0450")
    return Broken(made.text, made.code, made.start + 6, made.start + 7)


def division_by_zero(subject: Subject, rng: Random) -> Broken | None:
    value = _argument_of_a_conv(subject, rng)
    if value is None:
        return None
    made = _replaced(subject, value, "$(4 // 0)", "E0453")
    return Broken(made.text, made.code, made.start + 2, made.start + 8)


def half_a_channel(subject: Subject, rng: Random) -> Broken | None:
    value = _argument_of_a_conv(subject, rng)
    if value is None or not value.value.isdigit():
        return None
    return _replaced(subject, value, f"$({2 * int(value.value) + 1} / 2)", "E0456")


def _argument_of_a_conv(subject: Subject, rng: Random) -> yaml.ScalarNode | None:
    def fits(node: Found) -> bool:
        is_overridden = any(
            "channels" in entries(node.entries[which][1])
            for which in ("first", "last")
            if which in node.entries
        )
        return node.callee == "conv" and isinstance(node.main, yaml.ScalarNode) and not is_overridden

    node = _pick(subject, rng, fits)
    return node.main if node and isinstance(node.main, yaml.ScalarNode) else None


def repeat_of_nothing(subject: Subject, rng: Random) -> Broken | None:
    node = _pick(subject, rng, lambda node: node.argument("repeat"))
    value = node and node.argument("repeat")
    return _replaced(subject, value, rng.choice(("0", "-2", "1.5")), "E0404") if value else None


def condition_that_is_none(subject: Subject, rng: Random) -> Broken | None:
    node = _pick(
        subject,
        rng,
        lambda node: node.mapping and node.callee in OPS and "if" not in node.entries and not node.in_block,
    )
    if node is None or node.mapping is None:
        return None
    return _inserted(subject, node.mapping, "if", "perhaps", "E0410", at_value=True)


def first_without_repeat(subject: Subject, rng: Random) -> Broken | None:
    node = _pick(
        subject, rng, lambda node: node.mapping and node.callee in OPS and "repeat" not in node.entries
    )
    if node is None or node.mapping is None:
        return None
    return _inserted(subject, node.mapping, rng.choice(("first", "last")), "{}", "E0217")


def expectation_not_met(subject: Subject, rng: Random) -> Broken | None:
    node = _pick(
        subject,
        rng,
        lambda node: (
            node.mapping and node.callee in OPS and "expect" not in node.entries and not node.in_block
        ),
    )
    if node is None or node.mapping is None:
        return None
    return _inserted(subject, node.mapping, "expect", "[77, 78]", "E0406", at_value=True)


def two_ops(subject: Subject, rng: Random) -> Broken | None:
    node = _pick(subject, rng, lambda node: node.mapping and node.callee in OPS and not node.by_use)
    if node is None or node.mapping is None:
        return None
    entry = (node.key, node.key)
    return _appended(subject, entry, "relu: {}", "E0211")


def misspelt_shortcut(subject: Subject, rng: Random) -> Broken | None:
    node = _pick(subject, rng, lambda node: node.callee == "residual" and node.argument("shortcut"))
    value = node and node.argument("shortcut")
    slip = (
        value
        and not value.value.startswith("$")
        and _typo(rng, value.value, {*READY, *_valid_callees(subject)})
    )
    return _replaced(subject, value, slip, "E0208") if value and slip else None


def misspelt_choice(subject: Subject, rng: Random) -> Broken | None:
    def fits(node: Found) -> bool:
        value = node.argument("padding")
        return node.callee in OPS and value is not None and value.value in ("half", "same")

    node = _pick(subject, rng, fits)
    value = node and node.argument("padding")
    slip = {"half": "hlaf", "same": "smae"}
    return _replaced(subject, value, slip[value.value], "E0208") if value else None


def misspelt_initialisation(subject: Subject, rng: Random) -> Broken | None:
    node = _pick(subject, rng, lambda node: node.callee in OPS and node.argument("init"))
    value = node and node.argument("init")
    return _replaced(subject, value, "kaimin_normal", "E0218") if value else None


def name_that_every_module_has(subject: Subject, rng: Random) -> Broken | None:
    named = entries(entries(subject.root)["body"][1])
    free = [key for name, (key, _) in named.items() if subject.text.count(name) == 1 and "$" not in name]
    free = [key for key in free if "for" not in entries(named[key.value][1])]
    if not free:
        return None
    return _replaced(subject, rng.choice(free), rng.choice(("forward", "class", "training")), "E0209")


def duplicate_key(subject: Subject, rng: Random) -> Broken | None:
    node = _pick(subject, rng, lambda node: node.mapping and node.argument("stride"))
    if node is None:
        return None
    key, value = node.entries["stride"]
    same = subject.text[key.start_mark.index : value.end_mark.index]
    return _appended(subject, node.entries["stride"], same, "E0112")


def unknown_top_level_key(subject: Subject, rng: Random) -> Broken | None:
    top = entries(subject.root)
    key = rng.choice([key for name, (key, _) in top.items() if len(name) > 3 and name != "archspec"])
    slip = _typo(rng, key.value, set(top))
    return _replaced(subject, key, slip, "E0203") if slip else None


def unknown_version(subject: Subject, rng: Random) -> Broken | None:
    return _replaced(subject, entries(subject.root)["archspec"][1], rng.choice(("2", "'1'", "0")), "E0216")


def size_below_one(subject: Subject, rng: Random) -> Broken | None:
    sizes = entries(subject.root)["input"][1]
    if not isinstance(sizes, yaml.SequenceNode):
        return None
    return _replaced(subject, rng.choice(sizes.value), rng.choice(("0", "-4")), "E0207")


def an_anchor(subject: Subject, rng: Random) -> Broken | None:
    name = entries(subject.root)["name"][1].start_mark.index
    return Broken(subject.text[:name] + "&a " + subject.text[name:], "E0106", name, name + 2)


def a_second_document(subject: Subject, rng: Random) -> Broken | None:
    return Broken(f"{subject.text}---\nname: another\n", "E0109", len(subject.text), len(subject.text) + 3)


def _argument_on_a_line(subject: Subject, rng: Random) -> Entry | None:
    """An argument of an op between two others, each on a line of its own."""

    def lines(node: Found) -> list[Entry]:
        within = [] if node.mapping is None or node.mapping.flow_style else node.mapping.value[1:-1]
        return [entry for entry in within if entry[0].value in ("kernel", "stride", "padding")]

    node = _pick(subject, rng, lambda node: node.callee in OPS and lines(node))
    entry = rng.choice(lines(node)) if node else None
    is_one_line = entry is not None and isinstance(entry[1], yaml.ScalarNode) and entry[1].value[:1] != "$"
    return entry if is_one_line else None


def space_left_out(subject: Subject, rng: Random) -> Broken | None:
    entry = _argument_on_a_line(subject, rng)
    return _between(subject, entry, ":", whole=False) if entry else None


def colon_left_out(subject: Subject, rng: Random) -> Broken | None:
    entry = _argument_on_a_line(subject, rng)
    return _between(subject, entry, " ", whole=True) if entry else None


def _between(subject: Subject, entry: Entry, sign: str, *, whole: bool) -> Broken:
    """Another sign in place of what stands between a key and its value; the key is wrong, or the `whole` entry."""
    key, value = entry
    start, end = key.start_mark.index, key.end_mark.index
    text = subject.text[:end] + sign + subject.text[value.start_mark.index :]
    written = value.end_mark.index - value.start_mark.index
    return Broken(text, "E0119", start, end + len(sign) + (written if whole else 0))


def tabs_for_spaces(subject: Subject, rng: Random) -> Broken | None:
    entry = _argument_on_a_line(subject, rng)
    if entry is None:
        return None
    mark = entry[0].start_mark
    start, tabs = mark.index - mark.column, "\t" * rng.randint(1, mark.column)
    text = subject.text[:start] + tabs + subject.text[mark.index :]
    return Broken(text, "E0102", start, start + len(tabs))


def a_line_too_far_out(subject: Subject, rng: Random) -> Broken | None:
    entry = _argument_on_a_line(subject, rng)
    if entry is None:
        return None
    start, end = entry[0].start_mark.index - 1, entry[1].end_mark.index - 1
    return Broken(subject.text[:start] + subject.text[start + 1 :], "E0118", start, end)


def value_left_out(subject: Subject, rng: Random) -> Broken | None:
    """Of a required argument: `null` may stand for others."""
    entry = _argument_on_a_line(subject, rng)
    if entry is None or entry[0].value != "kernel":
        return None
    start, end = entry[0].end_mark.index + 1, entry[1].end_mark.index
    return Broken(subject.text[:start] + subject.text[end:], "E0206", start, start)


FAULTS: tuple[Fault, ...] = (
    misspelt_op,
    misspelt_block,
    misspelt_argument,
    number_out_of_range,
    value_of_the_wrong_type,
    required_argument_left_out,
    kernel_larger_than_the_map,
    groups_that_do_not_divide,
    unequal_skip,
    unknown_from,
    unknown_share,
    unknown_name_in_an_expression,
    expression_that_cannot_be_read,
    division_by_zero,
    half_a_channel,
    repeat_of_nothing,
    condition_that_is_none,
    first_without_repeat,
    expectation_not_met,
    two_ops,
    misspelt_shortcut,
    misspelt_choice,
    misspelt_initialisation,
    name_that_every_module_has,
    duplicate_key,
    unknown_top_level_key,
    unknown_version,
    size_below_one,
    an_anchor,
    a_second_document,
    an_empty_sequence,
    space_left_out,
    colon_left_out,
    tabs_for_spaces,
    a_line_too_far_out,
    value_left_out,
)


@cache
def _subject(seed: int) -> Subject | None:
    return subject(generate(Random(seed)))


def broken(fault: Fault, seed: int) -> tuple[Subject, Broken] | None:
    """A generated spec with that fault; None where it has no place in the spec of that seed."""
    taken = _subject(seed)
    made = None if taken is None else fault(taken, Random(seed))
    return None if taken is None or made is None else (taken, made)
