"""The `$name` and `$(…)` of the language: arithmetic over parameters, with an end and a bound.

    parser     text → tree, or the fault        evaluator   tree × names → value
    reading    the same, with diagnostics       functions   operators, functions, bounds
    mending    what was meant by no expression  template    names with expressions in them
    tree       the nodes, the values            place       where a part of an expression is written

Values are integers, floats, truth values, texts, null and lists (tuples). Mistakes are diagnostics at the
column.
"""

from archspec.expressions.evaluator import Scope, evaluate, try_evaluate
from archspec.expressions.functions import round_to
from archspec.expressions.parser import is_expression, literal_text
from archspec.expressions.place import Place
from archspec.expressions.reading import parse, words
from archspec.expressions.template import evaluate_template
from archspec.expressions.tree import (
    POISON,
    Binary,
    Call,
    Compare,
    Comprehension,
    Conditional,
    Expression,
    Index,
    ListOf,
    Literal,
    Logical,
    Name,
    Poison,
    Slice,
    Unary,
    Value,
    free_names,
    kind,
    names_read,
    show,
)

__all__ = [
    "POISON",
    "Binary",
    "Call",
    "Compare",
    "Comprehension",
    "Conditional",
    "Expression",
    "Index",
    "ListOf",
    "Literal",
    "Logical",
    "Name",
    "Place",
    "Poison",
    "Scope",
    "Slice",
    "Unary",
    "Value",
    "evaluate",
    "evaluate_template",
    "free_names",
    "is_expression",
    "kind",
    "literal_text",
    "names_read",
    "parse",
    "round_to",
    "show",
    "try_evaluate",
    "words",
]
