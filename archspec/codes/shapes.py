"""E03xx: shapes that do not meet."""

from archspec.codes.table import Code, spec

SHAPES = (
    Code(
        "E0301",
        "the two sides of a skip addition differ",
        "A residual adds its shortcut to its main path, number by number, so both must have one shape. "
        "PyTorch would broadcast some unequal shapes in silence; archspec does not. Use `shortcut: "
        "projection` (a 1×1 convolution), `pad` (zero channels) or `auto`.",
        spec(
            """
            input: [64, 56, 56]
            body:
              - residual: [{conv: 128, kernel: 3, stride: 2, padding: 1}]
                shortcut: identity
            """
        ),
        spec(
            """
            input: [64, 56, 56]
            body:
              - residual: [{conv: 128, kernel: 3, stride: 2, padding: 1}]
                shortcut: projection
            """
        ),
    ),
    Code(
        "E0302",
        "the branches of a concatenation differ in size",
        "Branches are joined along the channels; every other size must agree.",
        spec(
            """
            input: [3, 32, 32]
            body: [{concat: {a: {conv: 8, kernel: 3}, b: {conv: 8, kernel: 1}}}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{concat: {a: {conv: 8, kernel: 3, padding: 1}, b: {conv: 8, kernel: 1}}}]
            """
        ),
    ),
    Code(
        "E0303",
        "the branches of a sum or a product differ in shape",
        "`add` demands equal shapes. `multiply` demands them too, save for a gate: one number for each "
        "channel (C × 1 × 1, as in squeeze-and-excitation) or one for each position (1 × H × W).",
        spec(
            """
            input: [3, 32, 32]
            body: [{add: {a: {conv: 8, kernel: 1}, b: {conv: 16, kernel: 1}}}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{add: {a: {conv: 8, kernel: 1}, b: {conv: 8, kernel: 1}}}]
            """
        ),
    ),
    Code(
        "E0304",
        "the kernel is larger than the padded input",
        "Earlier strides and pools have made the map smaller than the window. Pad more, or halve the "
        "map less often. An `input` with its channels last, `[64, 64, 3]`, is a map of width 3: that is told there.",
        spec(
            """
            input: [3, 4, 4]
            body: [{conv: 8, kernel: 7}]
            """
        ),
        spec(
            """
            input: [3, 4, 4]
            body: [{conv: 8, kernel: 7, padding: 3}]
            """
        ),
    ),
    Code(
        "E0305",
        "the groups do not divide the channels",
        "Every group takes the same number of channels, in and out.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3, groups: 2}]
            """
        ),
        spec(
            """
            input: [4, 32, 32]
            body: [{conv: 8, kernel: 3, groups: 2}]
            """
        ),
    ),
    Code(
        "E0306",
        "`fc` on a map",
        "A fully connected layer takes a vector. `gap` averages each channel of a map, `flatten` keeps "
        "every number. `linear` acts on the last dimension of any shape.",
        spec(
            """
            input: [3, 32, 32]
            body: [{fc: 10}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [gap, {fc: 10}]
            """
        ),
    ),
    Code(
        "E0307",
        "no projection joins the two shapes",
        "A 1×1 convolution with a stride turns a size n into ceil(n / stride), and no size into a "
        "larger one. The main path gives a size that no stride gives. `same` or `half` padding in the "
        "main path usually mends it.",
        spec(
            """
            input: [8, 32, 32]
            body: [{residual: [{conv: 8, kernel: 4}], shortcut: projection}]
            """
        ),
        spec(
            """
            input: [8, 32, 32]
            body: [{residual: [{conv: 8, kernel: 3, padding: 1}], shortcut: projection}]
            """
        ),
    ),
    Code(
        "E0308",
        "a shape of the wrong number of axes",
        "The op does not take a shape of this rank: a convolution wants channels and one to three "
        "sizes, `unflatten` a vector, and so on.",
        spec(
            """
            input: [3, 32, 32]
            body: [gap, {conv: 8, kernel: 3}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}, gap]
            """
        ),
    ),
    Code(
        "E0309",
        "a size that does not divide",
        "The op cuts a size or the channels into equal parts, and they do not come out even.",
        spec(
            """
            input: [6, 32, 32]
            body: [{pixel_shuffle: 2}]
            """
        ),
        spec(
            """
            input: [8, 32, 32]
            body: [{pixel_shuffle: 2}]
            """
        ),
    ),
    Code(
        "E0310",
        "a list of the wrong length",
        "A kernel, stride or padding is one number for all axes, or a list with one number for each "
        "axis of the input.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: [3, 3, 3]}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: [3, 3]}]
            """
        ),
    ),
    Code(
        "E0311",
        "the padding of a pool is more than half its kernel",
        "A window could lie wholly in the padding, where there is nothing to pool. PyTorch refuses it.",
        spec(
            """
            input: [3, 32, 32]
            body: [{maxpool: 2, padding: 2}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{maxpool: 2, padding: 1}]
            """
        ),
    ),
    Code(
        "E0312",
        "the padding is larger than the map it mirrors",
        "`reflect` padding takes its numbers from the map without the edge, so it must be smaller than "
        "the size; `circular` padding may equal it.",
        spec(
            """
            input: [3, 4, 4]
            body: [{conv: 8, kernel: 9, padding: 4, padding_mode: reflect}]
            """
        ),
        spec(
            """
            input: [3, 4, 4]
            body: [{conv: 8, kernel: 7, padding: 3, padding_mode: reflect}]
            """
        ),
    ),
    Code(
        "E0313",
        "a dimension beyond the limit",
        "No dimension may exceed 2**20 (1,048,576).",
        spec(
            """
            input: [64, 224, 224]
            body: [flatten]
            """
        ),
        spec(
            """
            input: [64, 224, 224]
            body: [{maxpool: 2}, flatten]
            """
        ),
    ),
    Code(
        "E0314",
        "nothing would be left of the map",
        "The output would have a size of 0 or less along an axis.",
        spec(
            """
            input: [3, 2, 2]
            body: [{conv_transpose: 8, kernel: 3, padding: 2}]
            """
        ),
        spec(
            """
            input: [3, 2, 2]
            body: [{conv_transpose: 8, kernel: 3, padding: 1}]
            """
        ),
    ),
    Code(
        "E0315",
        "the sizes do not multiply to what is there",
        "`unflatten` spreads the numbers over a shape: its sizes must multiply to their count.",
        spec(
            """
            input: [100]
            body: [{unflatten: [3, 6, 6]}]
            """
        ),
        spec(
            """
            input: [108]
            body: [{unflatten: [3, 6, 6]}]
            """
        ),
    ),
    Code(
        "E0316",
        "a range outside the shape",
        "A slice, a split or an axis points past what is there.",
        spec(
            """
            input: [3, 32, 32]
            body: [{slice: [0, 8]}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{slice: [0, 2]}]
            """
        ),
    ),
    Code(
        "E0317",
        "zero channels cannot mend the shortcut",
        "`shortcut: pad` subsamples the map and adds channels of zeros. It cannot take channels away, "
        "and cannot make a map larger.",
        spec(
            """
            input: [8, 32, 32]
            body: [{residual: [{conv: 4, kernel: 1}], shortcut: pad}]
            """
        ),
        spec(
            """
            input: [8, 32, 32]
            body: [{residual: [{conv: 16, kernel: 1}], shortcut: pad}]
            """
        ),
    ),
    Code(
        "E0318",
        "too many parameters",
        "A network may have 10**11 parameters. `--max-params` on the command line raises the limit.",
        spec(
            """
            input: [1000000]
            body: [{fc: 1000000}]
            """
        ),
        spec(
            """
            input: [1000000]
            body: [{fc: 1000}]
            """
        ),
    ),
    Code(
        "E0319",
        "a norm over a single number",
        "An instance norm of a map of 1 × 1 subtracts each number from itself: everything becomes 0. PyTorch "
        "refuses it in training.",
        spec(
            """
            input: [8, 1, 1]
            body: [{norm: instance}]
            """
        ),
        spec(
            """
            input: [8, 1, 1]
            body: [{norm: batch}]
            """
        ),
    ),
    Code(
        "E0320",
        "a window that sees nothing of the map",
        "A pool with a dilation skips positions, and one of its windows skips the whole map: there is nothing "
        "to pool. PyTorch takes it, and may crash in the backward pass.",
        spec(
            """
            input: [3, 2, 2]
            body: [{maxpool: 2, stride: 1, padding: 1, dilation: 3}]
            """
        ),
        spec(
            """
            input: [3, 2, 2]
            body: [{maxpool: 2, stride: 1, padding: 1, dilation: 2}]
            """
        ),
    ),
)
