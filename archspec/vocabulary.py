"""The words of the language that are neither ops nor blocks: what `archspec explain WORD` and editors say of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A word, in a sentence or two, with one line of YAML that uses it."""

    about: str
    example: str


STRUCTURES: Final[Mapping[str, Word]] = MappingProxyType(
    {
        "seq": Word(
            "A group: nodes one after the other, as a module of its own.",
            "{seq: [{conv: 64, kernel: 3}, relu]}",
        ),
        "residual": Word(
            "A main path and a skip around it, added. `shortcut` says what the skip does (`identity` if nothing is "
            "said), `after` what follows the sum, `scale` by what the main path is multiplied.",
            "{residual: [{conv: 64, kernel: 3, padding: 1}], shortcut: auto, after: relu}",
        ),
        "concat": Word(
            "Parallel branches of one input, joined along the channels; with a list, earlier nodes are joined.",
            "{concat: {left: {conv: 8, kernel: 1}, right: {conv: 8, kernel: 3, padding: 1}}}",
        ),
        "add": Word(
            "Parallel branches of one input, added; with a list, earlier nodes are added. All shapes are equal.",
            "{add: [conv2, input]}",
        ),
        "multiply": Word(
            "Parallel branches of one input, multiplied; with a list, earlier nodes are. One of them may be a gate, "
            "with one number for each channel or for each position.",
            "{multiply: [input, gate]}",
        ),
        "for": Word(
            "A loop over a table of rows: `for` names the columns, `in` holds the rows, `do` the nodes. They stand in "
            "the surrounding sequence as if they had been written there.",
            "{for: [channels, stride], in: [[64, 1], [128, 2]], do: [{conv: $channels, kernel: 3, stride: $stride}]}",
        ),
        "use": Word(
            "An op or block by name, where the name is a parameter, or where it takes no main argument.",
            "{use: $block, channels: 64}",
        ),
    }
)

PARTS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "residual": MappingProxyType(
            {
                "shortcut": "what the skip does; without it, `identity`",
                "after": "what follows the sum: an op, a block, a sequence",
                "scale": "a constant by which the main path is multiplied before the sum",
            }
        ),
        "for": MappingProxyType(
            {
                "in": "the table: a list of rows, each with a value for every column, or of values for one column",
                "do": "the nodes that each row makes: a list or a mapping",
            }
        ),
    }
)
"""The keys that belong to a structure alone, beside the structure's own."""

PADDINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "half": "half the window on each side (`kernel // 2`, or more with a dilation), which keeps the size of a map "
        "under an odd kernel at stride 1",
        "same": "the rule of Keras and TensorFlow: the output has `ceil(n / stride)` positions, the odd one behind",
    }
)
"""What `padding` may say in place of numbers."""

NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "in_channels": "the channels that flow into the node",
        "in_shape": "the whole shape that flows into the node: `[C, H, W]`",
        "i": "in a `repeat`, the number of the copy, from 0",
        "n": "in a `repeat`, how many copies there are",
    }
)
"""What every expression knows beside parameters and the names of loops."""

SHORTCUTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "auto": "identity where the shapes agree, else projection; the summary and the picture say which",
        "identity": "the input as it is; its shape must be that of the main path",
        "projection": "a 1×1 convolution with the default norm, whose stride is the exact ratio of the sizes",
        "pad": "every stride-th position and zeros for the new channels: option A of the ResNet paper, no parameters",
        "none": "no skip: the main path alone",
    }
)
"""What `shortcut` may say in place of a sequence."""

MODIFIERS: Final[Mapping[str, Word]] = MappingProxyType(
    {
        "repeat": Word(
            "The node that many times, one copy after the other, none sharing weights.",
            "{use: block, channels: 64, repeat: 3}",
        ),
        "first": Word(
            "Arguments of the first copy of a `repeat`.",
            "{use: block, channels: 64, repeat: 3, first: {stride: 2}}",
        ),
        "last": Word(
            "Arguments of the last copy of a `repeat`.",
            "{use: block, channels: 64, repeat: 3, last: {channels: 32}}",
        ),
        "as": Word(
            "The names of the copies of a `repeat`, which counts in `i` from 0.",
            "{use: block, repeat: 3, as: layer$(i + 1)}",
        ),
        "from": Word(
            "What the node reads in place of the one before it: an earlier node's name, or `input`.",
            "{conv: 8, kernel: 1, from: conv2}",
        ),
        "if": Word("The node is there only if this is true.", "{maxpool: 2, if: $(stride > 1)}"),
        "share": Word(
            "An earlier child of the same module, called once more with the same weights; only `from`, `if`, `expect` "
            "and `note` may stand beside it.",
            "{share: conv1, from: conv2}",
        ),
        "init": Word(
            "How this layer's weights start, in place of what the spec's `init` says of its op.",
            "{fc: 10, init: {normal: {std: 0.01}, bias: zeros}}",
        ),
        "expect": Word(
            "The shape that the node must give; anything else is an error.",
            "{conv: 64, kernel: 3, expect: [64, 30, 30]}",
        ),
        "note": Word(
            "A remark. One that begins with `allow` and the codes of warnings silences them in the node.",
            "{conv: 64, kernel: 3, note: as in the paper}",
        ),
    }
)

WORDS: Final[Mapping[str, Word]] = MappingProxyType({**STRUCTURES, **MODIFIERS})
