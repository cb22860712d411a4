"""What a command line or a call names: a file, a variant of it, a shipped network, standard input.

In: `resnet50`, `net.yaml`, `net.yaml:small`, `-`. Out: a `Target`, the bytes with their name and the variant.
Files are read with a bound, and only regular ones: a pipe or a device could go on for ever.
"""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from pathlib import Path

from archspec.diagnostics import Sink, shortened
from archspec.files import CannotRun, Folder, read_regular
from archspec.records import dataclass
from archspec.source import MAX_BYTES
from archspec.spelling import did_you_mean
from archspec.syntax import MappingNode, read


@dataclass(frozen=True, slots=True)
class Target:
    """A spec to compile. `name` is how messages call the file."""

    name: str
    data: bytes
    variant: str = ""
    folder: Folder | None = None
    """Where its imports are read from; None for text that is no file."""


def locate(text: str) -> Target:
    """What `text` names.

    Raises `CannotRun` where there is nothing to read.
    """
    if text == "-" or text.startswith("-:"):
        return Target("<stdin>", sys.stdin.buffer.read(MAX_BYTES + 1), text[2:])
    path, variant = text, ""
    if not os.path.lexists(path) and ":" in text:
        path, _, variant = text.rpartition(":")
    if os.path.lexists(path):
        return Target(path, read_regular(path), variant, Folder.of(path))
    shipped = find_shipped(text)
    if shipped is None:
        raise _no_such(text)
    file, variant = shipped
    return Target(file.name, read_regular(str(file)), variant, Folder.of(str(file)))


def _no_such(text: str) -> CannotRun:
    name = shortened(text)
    looks_like_path = "/" in text or os.sep in text or text.endswith((".yaml", ".yml")) or ".yaml:" in text
    if looks_like_path:
        return CannotRun(f"there is no file `{name}`", "E0001")
    nearest = did_you_mean(text, (network.name for network in shipped_networks()))
    hint = f"; did you mean `{nearest}`?" if nearest else "; `archspec zoo` lists the shipped networks"
    return CannotRun(f"there is no file and no shipped network `{name}`{hint}", "E0007")


def specs_in(folder: str) -> list[str]:
    """The specs of a folder and the folders below it, sorted. A folder that cannot be listed, or goes meanwhile, has
    none.
    """
    found = sorted(
        str(Path(parent, name))
        for parent, _, names in os.walk(folder)
        for name in names
        if name.endswith((".yaml", ".yml")) and os.path.isfile(os.path.join(parent, name))
    )
    if not found:
        raise CannotRun(f"`{shortened(folder)}` holds no specs (*.yaml)", "E0001")
    return found


@dataclass(frozen=True, slots=True)
class Shipped:
    """A network that ships with archspec."""

    name: str
    file: str
    variant: str
    about: str

    @property
    def brief(self) -> str:
        """The first sentence of `about`."""
        return re.split(r"(?<!\bal)\.\s", " ".join(self.about.split()), maxsplit=1)[0].rstrip(".")


def shipped_folder() -> Path:
    """Where the shipped specs lie: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / "specs"
    return inside if inside.is_dir() else package.parent / "specs"


@cache
def shipped_networks() -> tuple[Shipped, ...]:
    """Every shipped network: under its file's name, or its variants' names if it has variants."""
    found = []
    for path in sorted(shipped_folder().glob("*.yaml")):
        root = _root(path)
        if root is None:
            continue
        about = _text(root, "about")
        variants = root.get("variants")
        names = [key.text for key, _ in variants.entries] if isinstance(variants, MappingNode) else []
        if not names:
            found.append(Shipped(path.stem, path.name, "", about))
        found.extend(Shipped(name, path.name, name, about) for name in names)
    return tuple(found)


def find_shipped(name: str) -> tuple[Path, str] | None:
    """The file and variant of the shipped network `name`. Nothing is parsed: whoever asks will parse that file."""
    if not name.replace("_", "").replace("-", "").isalnum():
        return None
    folder = shipped_folder()
    own = folder / f"{name}.yaml"
    # Our own files write a variant below `variants:`, by two spaces; a test finds every network by its name.
    variant = re.compile(rf"^variants:\s*(#.*)?\n(([ #].*)?\n)*?  {name}:", re.MULTILINE)
    for path in sorted(folder.glob("*.yaml")):
        text = path.read_text("utf-8")
        if f"\n  {name}:" in text and variant.search(text):
            return path, name
    return (own, "") if os.path.isfile(own) else None  # not `own.is_file`, which raises for a long name


def _root(path: Path) -> MappingNode | None:
    return read(path.name, path.read_bytes(), Sink())[1]


def _text(root: MappingNode, key: str) -> str:
    value = getattr(root.get(key), "value", "")
    return value if isinstance(value, str) else ""
