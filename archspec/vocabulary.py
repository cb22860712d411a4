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

SOURCES: Final[Mapping[str, str]] = MappingProxyType(
    {"input": "in place of an earlier node's name, what flowed into the enclosing sequence"}
)
"""What `from`, and a list to be joined, may name beside earlier nodes."""

EXPRESSION_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "and": "whether both are true; what stands behind is not looked at where it cannot matter",
        "or": "whether one of them is true; what stands behind is not looked at where it cannot matter",
        "not": "whether it is false; `x not in list` is whether no item is equal",
        "if": "`a if c else b`: the first where `c` is true, else the last; the other is not looked at",
        "else": "`a if c else b`: the first where `c` is true, else the last; the other is not looked at",
        "in": "`x in list`: whether an item of the list is equal; `x in text`: whether it is part of the text",
        "for": "`[2 * x for x in list if x > 1]`: the list of what each item makes",
        "true": "the truth value; a condition is one",
        "false": "the truth value; a condition is one",
        "null": "no value; an argument whose default is null may be given it",
    }
)
"""What stands between the values of an expression, and the values that are words."""

FACTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "params": "the number of parameters, those of auxiliary heads too",
        "trainable_params": "the same: nothing in the language freezes a parameter",
        "buffers": "the numbers kept beside the parameters: running means and variances, counters",
        "macs": "the multiply-accumulates of one example, without auxiliary heads",
        "output": "the shape that comes out; with several outputs, a list of shapes",
    }
)
"""What `expect` may state of a network."""

BLOCK_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "params": "its parameters: a type (`channels: int`) if it must be given, else a default; the first is the main "
        "argument",
        "about": "what the block is",
    }
)
"""What stands in a block's definition beside its one node."""

SHORTCUT_ARGUMENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "norm": "the kind of norm behind the convolution, or `none`; without it, that of the file's `defaults`",
        "bias": "whether the convolution has a bias; without it, where no norm follows or the file's `defaults` say so",
    }
)
"""What `{use: auto}` and `{use: projection}` take."""

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

KEY_EXAMPLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "archspec": "archspec: 1",
        "name": "name: Small",
        "about": "about: A small network, for pictures of 32 by 32",
        "input": "input: [3, 32, 32]",
        "extends": "extends: base.yaml",
        "remove": "remove: [head.dropout]",
        "import": "import: {resnet: resnet.yaml}",
        "params": "params: {width: 16, classes: 10}",
        "variants": "variants: {small: {}, large: {width: 32}}",
        "defaults": "defaults: {conv: {bias: false}}",
        "blocks": "blocks: {twice: {params: {channels: int}, seq: [{conv: $channels, kernel: 3, repeat: 2}]}}",
        "stem": "stem: [{conv: $width, kernel: 3}]",
        "body": "body: {conv1: {twice: $width}, conv2: {twice: $(2 * width)}}",
        "head": "head: {pool: gap, fc: {fc: $classes}}",
        "aux": "aux: {early: {from: conv1, weight: 0.3, sequence: [gap, {fc: $classes}]}}",
        "outputs": "outputs: [conv2, fc]",
        "init": "init: {conv: {kaiming_normal: {mode: fan_out}}}",
        "expect": "expect: {output: [10], large: {params: 75572}}",
        "note": "note: trained with labels smoothed",
    }
)
"""A line for each key of a file, with that key."""

WORDS: Final[Mapping[str, Word]] = MappingProxyType({**STRUCTURES, **MODIFIERS})
