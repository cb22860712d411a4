"""Warnings about what a file declares and never uses, about remarks that silence warnings, and about the input."""

from archspec.codes.layers import LAYERS
from archspec.codes.table import Code, spec

UNUSED = (
    Code(
        "W0401",
        "a parameter that nothing uses",
        "Setting it changes nothing. Use it, or delete it.",
        spec(
            """
            params: {width: 8, depth: 3}
            input: [3, 32, 32]
            body: [{conv: $width, kernel: 3}]
            """
        ),
        spec(
            """
            params: {width: 8}
            input: [3, 32, 32]
            body: [{conv: $width, kernel: 3}]
            """
        ),
    ),
    Code(
        "W0402",
        "a block that nothing uses",
        "The block is defined, and no node calls it.",
        spec(
            """
            blocks: {a: {seq: [relu]}, b: {seq: [relu]}}
            input: [3, 32, 32]
            body: [a]
            """
        ),
        spec(
            """
            blocks: {a: {seq: [relu]}}
            input: [3, 32, 32]
            body: [a]
            """
        ),
    ),
    Code(
        "W0403",
        "defaults that nothing uses",
        "`defaults` gives arguments to an op that the network does not have.",
        spec(
            """
            defaults: {conv: {bias: false}, fc: {bias: false}}
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}]
            """
        ),
        spec(
            """
            defaults: {conv: {bias: false}}
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}]
            """
        ),
    ),
)

ALLOWANCES = (
    Code(
        "W0415",
        "a note that silences nothing",
        "`note: allow CODE` silences a warning in the mapping in which it stands, and there is no such warning. Remove "
        "the code from the note, or move the note to where the warning is.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3, note: allow W0404 as in the checkpoint}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3, note: allow W0404 as in the checkpoint}, norm]
            """
        ),
    ),
)

INPUTS = (
    Code(
        "W0416",
        "the channels of the input seem to stand last",
        "A shape is written channels first, as PyTorch has it. `[224, 224, 3]` is a map of 224 channels that is 3 "
        "columns wide; a picture of 3 channels is `[3, 224, 224]`.",
        spec(
            """
            input: [224, 224, 3]
            body: [{conv: 8, kernel: 3, padding: 1}]
            """
        ),
        spec(
            """
            input: [3, 224, 224]
            body: [{conv: 8, kernel: 3, padding: 1}]
            """
        ),
    ),
    Code(
        "W0417",
        "the batch of the input seems to stand first",
        "A shape of four sizes is that of a volume: channels, depth, height, width. `[8, 3, 224, 224]` is one of 8 "
        "channels that is 3 slices deep, and its convolutions have three axes. A batch of 8 pictures is not written: "
        "the shape is that of one example, `[3, 224, 224]`. Nothing is said where an argument of the spec has three "
        "sizes, one for each axis of a volume.",
        spec(
            """
            input: [8, 3, 224, 224]
            body: [{conv: 8, kernel: 3, padding: 1}]
            """
        ),
        spec(
            """
            input: [3, 224, 224]
            body: [{conv: 8, kernel: 3, padding: 1}]
            """
        ),
    ),
)

WARNINGS = (*UNUSED, *LAYERS, *ALLOWANCES, *INPUTS)
