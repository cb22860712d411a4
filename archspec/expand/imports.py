"""`import:` and `extends:`, the two ways in which a spec builds on other files.

In: a `SpecFile` as read. Out: the same with `imports`, the libraries that it names, filled in, and, where it extends a
base, with the base's tree as changed by it. Both read a bounded number of files, beside or below the spec only
(`files.Folder`).
"""

from __future__ import annotations

import os
import re
from dataclasses import field

from archspec.diagnostics import Sink, shortened
from archspec.edits import replacing
from archspec.expand.declarations import define
from archspec.expand.definitions import SpecFile, read_as
from archspec.expand.notes import take_allowances
from archspec.expand.parameters import bind_parameters
from archspec.files import Refused
from archspec.limits import Limits
from archspec.names import objection
from archspec.records import dataclass
from archspec.source import MAX_BYTES
from archspec.spelling import is_slip
from archspec.syntax import MAX_NODES, ListNode, MappingNode, Node, Scalar, read


@dataclass(slots=True)
class Loader:
    """Reads the files that one spec draws in."""

    sink: Sink
    limits: Limits
    opened: list[str] = field(default_factory=list)
    """The files being read, outermost first: one that comes again imports itself."""
    count: int = 0
    length: int = 0
    """The bytes of the files that were drawn in."""
    is_full: bool = False
    """Too many or too long files were drawn in, which was reported: nothing more is read."""
    beside: str = ""
    """The folder of the spec as the command line has it: what the names of other files begin with."""

    def complete(self, file: SpecFile) -> bool:
        """Apply `extends`, then define what the file and its imports define; False after reporting why not."""
        self.beside = os.path.dirname(file.source.name)
        take_allowances(file.root, self.sink)
        base = file.root.get("extends")
        if base is not None:
            loaded = self._read(base, file)
            if loaded is None:
                return False
            loaded.root = self._based(loaded) or loaded.root
            from archspec.expand.extends import extended  # few files have a base

            file.root = extended(loaded.root, file.root, self.sink)
        self._imports(file)
        define(file, self.sink)
        return True

    def _based(self, file: SpecFile) -> MappingNode | None:
        """The tree of a base that itself extends another."""
        base = file.root.get("extends")
        if base is None:
            return None
        self.opened.append(file.source.name)
        loaded = self._read(base, file)
        self.opened.pop()
        if loaded is None:
            return None
        from archspec.expand.extends import extended

        return extended(self._based(loaded) or loaded.root, file.root, self.sink)

    def _imports(self, file: SpecFile) -> None:
        node = file.root.get("import")
        if node is None:
            return
        if not isinstance(node, MappingNode):
            meant = _with_name(node)
            written = "{inc: inception.yaml}"
            if meant is not None:
                written = f"{{{meant.entries[0][0].text}: {meant.entries[0][1].span.text}}}"
            self.sink.error(
                "E0206",
                node.span,
                "`import` is a mapping of names to files",
                label=read_as(node),
                help=f"write `import: {written}`",
                fixes=() if meant is None else replacing(node.span, written),
            )
            if meant is None:
                return
            node = meant
        for key, path in node.entries:
            reason = objection(key.text)
            if reason is not None or key.text[0].isdigit():
                self.sink.error(
                    "E0209",
                    key.span,
                    f"`{shortened(key.text)}` cannot name an import: {reason or 'it is a number'}",
                    help="choose another name",
                )
                continue
            library = self._read(path, file)
            if library is not None:
                self.opened.append(library.source.name)
                self._imports(library)
                self.opened.pop()
                define(library, self.sink)
                bind_parameters(library, "", {}, self.sink)
                file.imports[key.text] = library

    def _read(self, path: Node, file: SpecFile) -> SpecFile | None:
        """The file at `path`, as `file` names it."""
        if not isinstance(path, Scalar) or not isinstance(path.value, str):
            help = "write a path from this file's folder, such as `blocks.yaml`"
            self.sink.error(
                "E0206", path.span, "the path of a file is due here", label=read_as(path), help=help
            )
            return None
        if file.folder is None:
            self.sink.error(
                "E0004",
                path.span,
                "a spec that is no file has no folder to import from",
                help="save the spec as a file",
            )
            return None
        if self.is_full or self.sink.values > MAX_NODES:
            return None
        self.count += 1
        if self.count > self.limits.imports:
            self.is_full = True
            self.sink.error(
                "E0005",
                path.span,
                f"more than {self.limits.imports} files are drawn in",
                help="join some of them",
            )
            return None
        found = file.folder.read(path.value)
        if isinstance(found, Refused):
            with_ending = f"{path.value}.yaml"
            near = file.folder.near(path.value)
            if near is None and not isinstance(file.folder.read(with_ending), Refused):
                near = with_ending
            self.sink.error(
                "E0004",
                path.span,
                f"`{shortened(path.value)}` cannot be imported",
                label=found.reason,
                help=f"did you mean `{near}`?" if near else "name a file beside the spec or below its folder",
                fixes=replacing(path.span, near or "", is_safe=is_slip(path.value, near or "")),
            )
            return None
        data, folder = found
        self.length += len(data)
        if self.length > MAX_BYTES:
            self.is_full = True
            self.sink.error(
                "E0005",
                path.span,
                f"the files that are drawn in have more than {MAX_BYTES:,} bytes together",
                help="leave out the blocks that are not used",
            )
            return None
        relative = (file.folder.path / path.value).relative_to(file.folder.root)
        name = os.path.join(self.beside, relative)
        if name in self.opened or name == file.source.name:
            chain = " → ".join([*self.opened, name])
            self.sink.error(
                "E0006", path.span, f"`{name}` imports itself", label=chain, help="remove this import"
            )
            return None
        source, root = read(name, data, self.sink)
        if root is None:
            return None
        take_allowances(root, self.sink)
        return SpecFile(source, root, folder=folder)


def _with_name(node: Node) -> MappingNode | None:
    """The mapping that `import: blocks.yaml` was meant to be: the name is the one that the file calls blocks by, or
    that of the file.
    """
    cells = node.items if isinstance(node, ListNode) else [node]
    path = cells[0] if len(cells) == 1 else None
    if not isinstance(path, Scalar) or not isinstance(path.value, str) or "\n" in path.span.text:
        return None
    stem = os.path.splitext(os.path.basename(path.value))[0]
    used = {*re.findall(r"(?<![\w./])([A-Za-z]\w*)\.(?!ya?ml\b)[A-Za-z]\w*(?=[:,}\s])", path.source.text)} - {
        stem
    }
    name = (
        used.pop() if len(used) == 1 and f"{stem}." not in path.source.text.replace(path.value, "") else stem
    )
    if objection(name) is not None:
        return None
    meant = MappingNode(node.source, node.start)
    meant.end = node.end
    meant.entries = [(Scalar(name, name, path.source, path.start, path.end, False), path)]
    return meant
