"""Every diagnostic code, with its meaning: what `archspec explain CODE` prints.

    E00xx  files        E02xx  names, keys, arguments     E04xx  expansion; from E0450 expressions
    E01xx  YAML         E03xx  shapes                     W04xx  warnings

A code is written as a literal where it is reported; the sink refuses one that is not in this table.
"""

from archspec.codes.arithmetic import ARITHMETIC
from archspec.codes.expansion import EXPANSION
from archspec.codes.files import FILES
from archspec.codes.language import LANGUAGE
from archspec.codes.reading import READING
from archspec.codes.shapes import SHAPES
from archspec.codes.table import Code
from archspec.codes.warnings import WARNINGS

__all__ = ["CODES", "Code"]

CODES: dict[str, Code] = {
    code.code: code for code in (*FILES, *READING, *LANGUAGE, *SHAPES, *EXPANSION, *ARITHMETIC, *WARNINGS)
}
