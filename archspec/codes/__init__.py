"""Every diagnostic code, with its meaning: what `archspec explain CODE` prints, and what docs/errors.md is made of.

    E00xx  files        E02xx  names, keys, arguments     E04xx  expansion; from E0450 expressions
    E01xx  YAML         E03xx  shapes                     W04xx  warnings

A code is written as a literal where it is reported; the sink refuses one that is not in this table.
"""

from archspec.codes.arithmetic import ARITHMETIC
from archspec.codes.expansion import EXPANSION
from archspec.codes.files import FILES
from archspec.codes.language import LANGUAGE
from archspec.codes.layers import LAYERS
from archspec.codes.reading import READING
from archspec.codes.shapes import SHAPES
from archspec.codes.table import Code
from archspec.codes.warnings import ALLOWANCES, INPUTS, UNUSED

__all__ = ["CODES", "FAMILIES", "Code"]

FAMILIES: dict[str, tuple[Code, ...]] = {
    "Files": FILES,
    "YAML": READING,
    "Names, keys and arguments": LANGUAGE,
    "Shapes": SHAPES,
    "Parameters, blocks and repeats": EXPANSION,
    "Expressions": ARITHMETIC,
    "Warnings": (*UNUSED, *LAYERS, *ALLOWANCES, *INPUTS),
}
CODES: dict[str, Code] = {code.code: code for family in FAMILIES.values() for code in family}
