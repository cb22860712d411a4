"""E00xx: files, imports, and what was asked for on the command line."""

from archspec.codes.table import Code

FILES = (
    Code(
        "E0001",
        "the file cannot be read",
        "There is no such file, it may not be opened, or it is not an ordinary file (a device, a pipe, "
        "a folder without specs). Nothing was checked.",
        "archspec validate missing.yaml",
        "archspec validate net.yaml",
    ),
    Code(
        "E0002",
        "the file is too large",
        "A spec is at most 1 MiB long. A network of any depth fits into a few kilobytes: use `repeat`, "
        "`for` and `blocks` in place of copied text.",
        "a file of 20,000 lines that lists every layer",
        "layer: {use: basic, channels: 64, repeat: 20}",
    ),
    Code(
        "E0003",
        "the file is not UTF-8 text",
        "A spec is text in UTF-8 (with or without a byte order mark). This file has bytes that are not, "
        "or is in UTF-16. Save it as UTF-8 in your editor.",
        "a file saved as UTF-16 or Latin-1",
        "the same file saved as UTF-8",
    ),
    Code(
        "E0004",
        "an import leaves the folder of the spec",
        "A spec may import files that lie beside it or below its folder, by relative path. Absolute "
        "paths, `..`, symbolic links that lead out, and addresses on the network are refused, so that a "
        "spec from a stranger cannot read what the command line did not name.",
        "import: {inc: ../../etc/passwd}",
        "import: {inc: blocks/inception.yaml}",
    ),
    Code(
        "E0005",
        "too many imported files",
        "A spec may draw in 32 files at most, those that its imports import included, and of 1 MiB together.",
        "a spec that imports 33 files",
        "one file with the blocks of several",
    ),
    Code(
        "E0006",
        "a file imports itself",
        "The imports of a file, followed to their ends, may not lead back to it.",
        "a.yaml: import: {b: b.yaml}      b.yaml: import: {a: a.yaml}",
        "a.yaml: import: {b: b.yaml}      b.yaml: no import",
    ),
    Code(
        "E0007",
        "there is no network of that name",
        "What was named is neither a file nor a network that ships with archspec. `archspec zoo` lists "
        "those.",
        "archspec summary resnet51",
        "archspec summary resnet50",
    ),
    Code(
        "E0008",
        "the output cannot be written",
        "The file exists already (`--force` overwrites it), is a symbolic link, or its folder cannot be "
        "written to. What was there is untouched.",
        "archspec build resnet50 -o existing.py",
        "archspec build resnet50 -o existing.py --force",
    ),
)
