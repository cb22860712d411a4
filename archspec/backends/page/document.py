"""The page as one file.

In: a graph, and what is wrong with it. Out: the bytes of an HTML file that needs nothing else.
Holds: the file asks nobody for anything: its content security policy forbids every request, and allows no script and no
style but the two in it, by their hashes. Text of a spec stands in the page as JSON, in which `<` is escaped, and in the
title, escaped; the script makes texts of it, never markup, which the policy enforces too (trusted types).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Final

from archspec.backends.dot import theme
from archspec.backends.page.data import FILLS, Page, gather, gather_broken, to_json
from archspec.diagnostics import Diagnostic
from archspec.ir import Graph
from archspec.version import __version__

SCRIPTS: Final = (
    "model",
    "state",
    "elements",
    "arcs",
    "diagram",
    "table",
    "listing",
    "search",
    "problems",
    "page",
)
"""The parts of the script, in the order in which they stand."""

_COLOURS: Final[Mapping[str, theme.Paint]] = {
    "ink": theme.INK,
    "soft-ink": theme.SOFT_INK,
    "heading": theme.HEADING,
    "line": theme.LINE,
    "skip": theme.SKIP,
    "border": theme.BORDER,
    "card": theme.CARD,
    "paper": theme.PAPER,
    "terminal": theme.TERMINAL,
    "params": theme.PARAMS_BAR,
    "macs": theme.MACS_BAR,
    "fault": theme.FAULT,
    **{str(kind): paint for kind, paint in FILLS.items()},
}


def write_page(graph: Graph) -> bytes:
    """The interactive page of a network; the same bytes on every run."""
    return _write(gather(graph))


def write_broken_page(graph: Graph, diagnostics: Sequence[Diagnostic]) -> bytes:
    """The page of what could be checked of a spec with errors, which its steps bear; it lists the diagnostics."""
    return _write(gather_broken(graph, diagnostics))


def _write(page: Page) -> bytes:
    style = _colours() + _part("page.css")
    script = "\n".join(_part(f"{name}.js") for name in SCRIPTS)
    policy = (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    parts = {
        "policy": escape(policy),
        "title": escape(page.title),
        "generator": f"archspec {__version__}",
        "style": style,
        "data": to_json(page).replace("<", "\\u003c"),
        "script": script,
    }
    document = _part("page.html")
    pieces = document.split("{{")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        name, _, rest = piece.partition("}}")
        filled.extend((parts[name], rest))
    return "".join(filled).encode()


def _part(name: str) -> str:
    return files("archspec.backends.page").joinpath("static", name).read_text("utf-8")


def _colours() -> str:
    """The colours of pictures as properties: light, dark where the reader's system is, or as the reader chose."""
    light = "".join(f"--{name}:{paint};" for name, paint in _COLOURS.items())
    dark = "".join(f"--{name}:{paint.dark};" for name, paint in _COLOURS.items())
    return (
        f":root{{color-scheme:light;{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}\n"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
