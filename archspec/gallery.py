"""The gallery: every network that ships, with its picture, its numbers and its source.

In: the shipped specs. Out: a page of Markdown, and beside it a folder of its name with an overview of each network.

    python -m archspec.gallery docs/gallery.md            writes what has changed
    python -m archspec.gallery docs/gallery.md --check    writes nothing; exits 1, and says what has changed

Holds: two runs give the same page, and the same pictures on one layout engine; `--check` needs no engine.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from textwrap import fill
from typing import Final

from archspec.backends.dot import Unavailable, View, describe, is_current, render
from archspec.backends.summary.words import per_axis_text
from archspec.backends.wording import escape_markdown, network_title, shape_text
from archspec.compiler import Network, compile
from archspec.files import CannotRun
from archspec.output import write
from archspec.passes.receptive_field import measure_receptive_fields
from archspec.targets import Shipped, shipped_networks

_VIEW: Final[View] = "overview"
_HEAD: Final = """# Gallery

The networks that ship with archspec. Each can be built by its name: `archspec build resnet50`,
`archspec.build("resnet50", classes=10)`. A picture is what `archspec draw NAME --view overview` draws. MACs are
multiply-accumulates of convolutions and fully connected layers for one example, without auxiliary heads; parameters are
counted with them.
"""


@dataclass(frozen=True)
class Exhibit:
    """A shipped network in the gallery."""

    shipped: Shipped

    @cached_property
    def network(self) -> Network:
        return compile(self.shipped.name)

    @property
    def picture(self) -> str:
        """The name of its picture's file."""
        return f"{self.shipped.name}.svg"

    @property
    def row(self) -> str:
        """Its row in the table of its family."""
        graph = self.network.graph
        field = measure_receptive_fields(graph).network
        cells = (
            f"[`{self.shipped.name}`](gallery/{self.picture})",
            f"{self.network.params:,}",
            f"{self.network.macs:,}",
            per_axis_text(field, "size") if field is not None and field.axes else "",
            ", ".join(map(shape_text, graph.root.inputs)),
            ", ".join(shape_text(graph.root.shape(value)) for value in graph.root.outputs),
        )
        return f"| {' | '.join(cells)} |"

    @property
    def image(self) -> str:
        return f"![{escape_markdown(describe(self.network.graph))}](gallery/{self.picture})"


def exhibits() -> tuple[Exhibit, ...]:
    """Every shipped network, by family."""
    return tuple(map(Exhibit, shipped_networks()))


def page(shown: Sequence[Exhibit]) -> str:
    """The page."""
    families = [list(family) for _, family in groupby(shown, key=lambda one: one.shipped.file)]
    return "\n".join((_HEAD, *(part for family in families for part in _family(family))))


def _family(family: Sequence[Exhibit]) -> Iterator[str]:
    first, *others = family
    file = first.shipped.file
    yield f"## {escape_markdown(first.network.name)}\n"
    yield fill(escape_markdown(" ".join(first.shipped.about.split())), 120, break_on_hyphens=False) + "\n"
    yield f"Source: [`specs/{file}`](../specs/{file})\n"
    yield "| network | parameters | MACs | receptive field | input | output |"
    yield "|:--|--:|--:|--:|--:|--:|"
    yield from (one.row for one in family)
    yield f"\n{first.image}\n"
    for one in others:
        yield f"<details><summary>{network_title(one.network.graph)}</summary>\n\n{one.image}\n\n</details>\n"


def stale(path: Path, shown: Sequence[Exhibit]) -> Iterator[Path]:
    """The files of the gallery that are not what the specs say."""
    if not path.is_file() or path.read_text("utf-8") != page(shown):
        yield path
    folder = path.with_suffix("")
    for one in shown:
        picture = folder / one.picture
        if not picture.is_file() or not is_current(picture.read_bytes(), one.network.graph, "svg", _VIEW):
            yield picture
    known = {one.picture for one in shown}
    yield from (picture for picture in sorted(folder.glob("*")) if picture.name not in known)


def renew(path: Path, shown: Sequence[Exhibit]) -> Iterator[Path]:
    """Write the files that are stale, delete those of no network, and tell which.

    Raises `CannotRun` where no layout engine is installed.
    """
    by_picture = {one.picture: one for one in shown}
    path.with_suffix("").mkdir(parents=True, exist_ok=True)
    for file in list(stale(path, shown)):
        if file == path:
            write(file, page(shown).encode(), force=True)
        elif file.name in by_picture:
            drawn = render(by_picture[file.name].network.graph, "svg", _VIEW)
            if isinstance(drawn, Unavailable):
                raise CannotRun(f"{drawn.message}; {drawn.help}")
            write(file, drawn, force=True)
        else:
            file.unlink()
        yield file


def main(arguments: Sequence[str]) -> int:
    """Renew the gallery, or check it."""
    file, *options = arguments
    if options == ["--check"]:
        found = list(stale(Path(file), exhibits()))
        for path in found:
            print(f"stale: {path}")
        return 1 if found else 0
    for path in renew(Path(file), exhibits()):
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
