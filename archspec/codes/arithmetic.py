"""E0450 to E0459: expressions."""

from archspec.codes.table import Code, spec

ARITHMETIC = (
    Code(
        "E0450",
        "an expression that cannot be read",
        "`$name` stands for a parameter, `$( … )` for arithmetic over parameters: numbers, texts, "
        "lists, indexing and slices, `+ - * / // % **`, comparisons, `and or not`, `a if c else b`, "
        "`[x * 2 for x in list if x > 1]` and a few functions. It is not Python: there are no attributes, "
        "methods, assignments or lambdas. A text that begins with `$` is written `$$`.",
        spec(
            """
            params: {width: 8}
            input: [3, 32, 32]
            body: [{conv: $(width * ), kernel: 3}]
            """
        ),
        spec(
            """
            params: {width: 8}
            input: [3, 32, 32]
            body: [{conv: $(width * 2), kernel: 3}]
            """
        ),
    ),
    Code(
        "E0451",
        "a name that is not defined here",
        "Known are the parameters of the network and of the block in which the expression stands, "
        "`in_channels` and `in_shape` of what flows into the node, the names of a `for`, and `i` and "
        "`n` of a `repeat`. A parameter's default may use the parameters before it. The names in a branch "
        "that is not taken must be known too.",
        spec(
            """
            params: {width: 8}
            input: [3, 32, 32]
            body: [{conv: $widht, kernel: 3}]
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
        "E0452",
        "an operation on values of the wrong type",
        "As in Python, a text and a number cannot be added. Stricter than Python, a truth value is no "
        "number.",
        spec(
            """
            params: {width: [8, 16]}
            input: [3, 32, 32]
            body: [{conv: $(width / 2), kernel: 3}]
            """
        ),
        spec(
            """
            params: {width: [8, 16]}
            input: [3, 32, 32]
            body: [{conv: '$(width[0] / 2)', kernel: 3}]
            """
        ),
    ),
    Code(
        "E0453",
        "a division by zero",
        "The right side of `/`, `//` or `%` comes to 0.",
        spec(
            """
            params: {groups: 0}
            input: [3, 32, 32]
            body: [{conv: $(64 // groups), kernel: 3}]
            """
        ),
        spec(
            """
            params: {groups: 4}
            input: [3, 32, 32]
            body: [{conv: $(64 // groups), kernel: 3}]
            """
        ),
    ),
    Code(
        "E0454",
        "an index past the end of a list",
        "The items of a list are numbered from 0; -1 is the last.",
        spec(
            """
            params: {depths: [2, 3]}
            input: [3, 32, 32]
            body: [{conv: 3, kernel: 1, repeat: '$(depths[2])'}]
            """
        ),
        spec(
            """
            params: {depths: [2, 3]}
            input: [3, 32, 32]
            body: [{conv: 3, kernel: 1, repeat: '$(depths[1])'}]
            """
        ),
    ),
    Code(
        "E0455",
        "a value too large for an expression",
        "Whole numbers go up to 2**63, lists up to 10,000 values, texts up to 256 characters.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: $(9**9**9), kernel: 3}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: $(9**3), kernel: 3}]
            """
        ),
    ),
    Code(
        "E0456",
        "an expression that does not come to a whole number",
        "Channels, sizes and counts are whole numbers. `/` gives one where it divides without "
        "remainder; `//`, `ceil`, `floor`, `round`, `int` and `round_to` always do. 8.0 is no whole number, "
        "`int(8.0)` is.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: $(65 / 2), kernel: 3}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: $(65 // 2), kernel: 3}]
            """
        ),
    ),
    Code(
        "E0457",
        "an expression that is too long or nested too deep",
        "An expression has 256 characters and 32 levels at most. Give parts of it a name in `params`, "
        "where a default may use the parameters before it.",
        spec("input: [3, 32, 32]\nbody: [{conv: $(" + "1 + " * 70 + "1), kernel: 3}]\n"),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: $(71), kernel: 3}]
            """
        ),
    ),
    Code(
        "E0458",
        "a function that does not exist, or is called wrongly",
        "There are `min`, `max`, `round_to`, `ceil`, `floor`, `round`, `int`, `abs`, `len`, `sum` and "
        "`range`, and no others.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: '$(pow(2, 3))', kernel: 3}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: $(2**3), kernel: 3}]
            """
        ),
    ),
)
