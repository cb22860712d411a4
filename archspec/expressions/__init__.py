"""The `$name` and `$(…)` of the language: arithmetic over parameters, with an end and a bound.

    parser     text → tree                      evaluator   tree × names → value; folding of constants
    tree       the nodes, the values            printer     tree → Python
    functions  operators, functions, bounds     template    names with expressions in them

Values are integers, floats, truth values, texts, null and lists (tuples). Mistakes are diagnostics at the
column.
"""

from archspec.expressions.evaluator import Scope, evaluate, substitute, try_evaluate
from archspec.expressions.functions import round_to
from archspec.expressions.parser import is_expression, literal_text, parse
from archspec.expressions.printer import literal_to_python, to_python
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
    children,
    free_names,
    kind,
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
    "Poison",
    "Scope",
    "Slice",
    "Unary",
    "Value",
    "children",
    "evaluate",
    "evaluate_template",
    "free_names",
    "is_expression",
    "kind",
    "literal_text",
    "literal_to_python",
    "parse",
    "round_to",
    "show",
    "substitute",
    "to_python",
    "try_evaluate",
]
