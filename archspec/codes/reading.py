"""E01xx: reading YAML."""

from archspec.codes.table import Code, spec

READING = (
    Code(
        "E0101",
        "the text is not YAML",
        "The file cannot be read as YAML from this place on. The cause often stands a line earlier.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}]
            """
        ),
    ),
    Code(
        "E0102",
        "a tab is used as indentation",
        "YAML is indented with spaces; a tab at the beginning of a line is not allowed.",
        spec("input: [3, 32, 32]\nbody:\n\tconv1: {conv: 8, kernel: 3}\n"),
        spec(
            """
            input: [3, 32, 32]
            body:
              conv: {conv: 8, kernel: 3}
            """
        ),
    ),
    Code(
        "E0103",
        "a character that a spec may not contain",
        "Control characters, halves of surrogate pairs and NUL are not text. They come from a damaged "
        "file, or are meant to deceive the reader. A carriage return ends a line only together with a line feed.",
        spec('about: "a\x07b"\ninput: [3, 32, 32]\nbody: [{conv: 8, kernel: 3}]\n'),
        spec(
            """
            about: "ab"
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}]
            """
        ),
    ),
    Code(
        "E0104",
        "nested too deep",
        "Lists and mappings may be nested 64 deep. Name parts of the network in `blocks`.",
        spec("input: [3, 32, 32]\nbody: " + "[" * 70 + "relu" + "]" * 70 + "\n"),
        spec(
            """
            input: [3, 32, 32]
            body: [[relu]]
            """
        ),
    ),
    Code(
        "E0105",
        "too many values",
        "A file may hold 100,000 values, those of the files that it draws in included. Use `repeat`, `for` and "
        "`blocks` in place of copied text.",
        "a file that lists 100,001 layers one by one",
        "body: [{use: layer, repeat: 20}]",
    ),
    Code(
        "E0106",
        "an anchor or an alias",
        "`&name` and `*name` are refused: a few lines of them can stand for billions of values. To use "
        "a part twice, define it in `blocks` and call it by name. A text that begins with `*` or `&` "
        "needs quotes.",
        spec(
            """
            input: [3, 32, 32]
            body: [&first {conv: 8, kernel: 3}, *first]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            blocks:
              stage: {seq: [{conv: 8, kernel: 3}]}
            body: [stage, stage]
            """
        ),
    ),
    Code(
        "E0107",
        "a merge key",
        "`<<` is refused, as anchors are. Shared arguments go to `defaults`, shared parts to `blocks`.",
        spec(
            """
            input: [3, 32, 32]
            body: [{<<: {kernel: 3}, conv: 8}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}]
            """
        ),
    ),
    Code(
        "E0108",
        "a tag",
        "`!name` and `!!name` are refused: in other programs they run code or read files. Write the "
        "value alone.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: !!int 8, kernel: 3}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}]
            """
        ),
    ),
    Code(
        "E0109",
        "more than one document",
        "A file holds one spec; `---` begins a second one. Put each into a file of its own.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}]
            ---
            name: Second
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}]
            """
        ),
    ),
    Code(
        "E0110",
        "the file is empty",
        "There is nothing in the file, or nothing but comments.",
        "an empty file",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}]
            """
        ),
    ),
    Code(
        "E0111",
        "the file is not a mapping",
        "A spec is a mapping: lines of the form `key: value`, among them `input` and `body`.",
        "- conv\n- relu\n",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}]
            """
        ),
    ),
    Code(
        "E0112",
        "a key stands twice in one mapping",
        "YAML would keep one of the two in silence. Rename one, or delete it.",
        spec(
            """
            input: [3, 32, 32]
            input: [1, 28, 28]
            body: [{conv: 8, kernel: 3}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}]
            """
        ),
    ),
    Code(
        "E0113",
        "a key that is no text",
        "The keys of a mapping are names. `true`, `null` and `1.5` are values, and a list or a mapping "
        "cannot be a key. Whole numbers are allowed, as names of the children of a list.",
        spec(
            """
            input: [3, 32, 32]
            body: {true: {conv: 8, kernel: 3}}
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: {conv1: {conv: 8, kernel: 3}}
            """
        ),
    ),
    Code(
        "E0114",
        "a number that is not finite",
        "`.inf` and `.nan` are numbers in YAML, but no argument of a layer. The same holds for a number "
        "such as `1e999`, which is too large to be held.",
        spec(
            """
            input: [3, 32, 32]
            body: [{dropout: .nan}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{dropout: 0.5}]
            """
        ),
    ),
    Code(
        "E0115",
        "a number with too many digits",
        "Whole numbers go up to 2**63. Nothing in a network is larger.",
        spec(
            """
            input: [3, 32, 32]
            body: [{fc: 99999999999999999999}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [flatten, {fc: 10}]
            """
        ),
    ),
    Code(
        "E0116",
        "a name with an invisible character",
        "A key holds a character that is not seen, or that changes the direction of the text: two names "
        "that look the same would differ. Type the name anew.",
        spec("input: [3, 32, 32]\nbody: {con\u200bv1: {conv: 8, kernel: 3}}\n"),
        spec(
            """
            input: [3, 32, 32]
            body: {conv1: {conv: 8, kernel: 3}}
            """
        ),
    ),
    Code(
        "E0117",
        "a bracket or a quote that is never closed",
        "A `[`, `{`, `'` or `\"` has no partner before the file ends or the structure breaks off.",
        spec(
            """
            input: [3, 32, 32
            body: [{conv: 8, kernel: 3}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}]
            """
        ),
    ),
    Code(
        "E0118",
        "a line is indented wrongly",
        "The entries of one mapping or list begin in the same column; what belongs to an entry is "
        "indented further.",
        spec(
            """
            input: [3, 32, 32]
            body:
                conv1: {conv: 8, kernel: 3}
              relu: relu
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body:
              conv1: {conv: 8, kernel: 3}
              relu: relu
            """
        ),
    ),
    Code(
        "E0119",
        "a line without `key: value`",
        "Inside a mapping each line is a key, a colon, a space and a value. Often the space after the "
        "colon is missing.",
        spec(
            """
            input: [3, 32, 32]
            body:
              act:tanh
              pool: {maxpool: 2}
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body:
              act: tanh
              pool: {maxpool: 2}
            """
        ),
    ),
    Code(
        "E0120",
        "a file of another format",
        "archspec reads its own specs alone. Ultralytics' YAML, the JSON of a Keras model and timm's strings are "
        "recognised, but describe a network by layers of their own library, whose meaning they leave to its code. "
        "docs/coming_from.md has a small network in each of them beside its spec.",
        "backbone:\n  - [-1, 1, Conv, [16, 3, 2]]\n  - [-1, 2, Conv, [32, 3, 1]]\n",
        spec(
            """
            input: [3, 32, 32]
            body:
              - {conv_norm_act: 16, stride: 2, activation: silu}
              - {conv_norm_act: 32, activation: silu, repeat: 2}
            """
        ),
    ),
)
