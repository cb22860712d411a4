"""W0404 to W0414: layers that are valid, and probably not meant. `passes/warnings/` finds them."""

from archspec.codes.table import Code, spec

LAYERS = (
    Code(
        "W0404",
        "a bias that the norm after it takes away",
        "The norm subtracts a mean, and the bias is the same in every number of that mean. It is trained and stored, "
        "and changes nothing (Ioffe, Szegedy, 2015, section 3.2). A norm over several channels needs it.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}, norm]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3, bias: false}, norm]
            """
        ),
    ),
    Code(
        "W0405",
        "an activation straight after an activation",
        "One of the two is left over, often because a block already ends with one. `relu` of what is never negative "
        "changes nothing.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv_norm_act: 8}, relu]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv_norm_act: 8}]
            """
        ),
    ),
    Code(
        "W0406",
        "a norm straight after a norm",
        "The second normalises what is normalised already, often because a block already ends with a norm.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3, bias: false}, norm, norm]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3, bias: false}, norm]
            """
        ),
    ),
    Code(
        "W0407",
        "a dropout straight after a dropout",
        "Two dropouts in a row are one with a higher probability.",
        spec(
            """
            input: [64]
            body: [{dropout: 0.2}, {dropout: 0.5}, {fc: 10}]
            """
        ),
        spec(
            """
            input: [64]
            body: [{dropout: 0.6}, {fc: 10}]
            """
        ),
    ),
    Code(
        "W0408",
        "a stride that skips positions",
        "A window smaller than its stride steps over positions, and nothing else reads them: the work that made them "
        "is lost. The strided 1×1 convolution of a shortcut is in order where the main path reads what it skips.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 1, stride: 2}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 2, stride: 2}]
            """
        ),
    ),
    Code(
        "W0409",
        "a window that sees only padding",
        "The padding is as large as the window: at the border the convolution gives its bias and nothing else.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 1, padding: 1}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 1}]
            """
        ),
    ),
    Code(
        "W0410",
        "weights that only ever meet padding",
        "The kernel reaches so far that some of its weights lie in the padding at every position: they are trained and "
        "stored, and change nothing. So it is with a dilation as large as the map (Chen et al., 2017, section 3.3), "
        "and with a 3×3 kernel on a map of 1×1.",
        spec(
            """
            input: [3, 14, 14]
            body: [{conv: 8, kernel: 3, dilation: 24, padding: 24}]
            """
        ),
        spec(
            """
            input: [3, 14, 14]
            body: [{conv: 8, kernel: 3, dilation: 4, padding: 4}]
            """
        ),
    ),
    Code(
        "W0411",
        "paths that look at different places meet",
        "The shapes agree, but position for position the paths are centred on different places of their common input: "
        "one of them has an even kernel, padding on one side, or other strides.",
        spec(
            """
            input: [3, 32, 32]
            body: [{residual: [{conv: 3, kernel: 4, padding: same}], shortcut: identity}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{residual: [{conv: 3, kernel: 3, padding: same}], shortcut: identity}]
            """
        ),
    ),
    Code(
        "W0412",
        "a layer that changes nothing",
        "With these arguments it gives what it takes. Where nothing is meant to happen, write `identity`.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}, {maxpool: 1}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}, {maxpool: 2}]
            """
        ),
    ),
    Code(
        "W0413",
        "two fully connected layers with nothing between them",
        "Together they are one linear map, and one layer says the same with fewer weights. A vector between them that "
        "is narrower than both ends is a factorisation, and in order.",
        spec(
            """
            input: [64]
            body: [{fc: 128}, {fc: 10}]
            """
        ),
        spec(
            """
            input: [64]
            body: [{fc: 128}, relu, {fc: 10}]
            """
        ),
    ),
    Code(
        "W0414",
        "dropout on the output of the network",
        "In training, some of the scores that the loss sees are 0, whatever the network thinks. Dropout belongs before "
        "the last layer.",
        spec(
            """
            input: [64]
            body: [{fc: 10}, {dropout: 0.5}]
            """
        ),
        spec(
            """
            input: [64]
            body: [{dropout: 0.5}, {fc: 10}]
            """
        ),
    ),
)
