"""E04xx below E0450: blocks, repeats, references and expectations."""

from archspec.codes.table import Code, spec

EXPANSION = (
    Code(
        "E0401",
        "a block contains itself",
        "A block may call other blocks, but the calls may not lead back to it: the network would never end.",
        spec(
            """
            blocks: {a: {seq: [b]}, b: {seq: [a]}}
            input: [3, 32, 32]
            body: [a]
            """
        ),
        spec(
            """
            blocks: {a: {seq: [b]}, b: {seq: [relu]}}
            input: [3, 32, 32]
            body: [a]
            """
        ),
    ),
    Code(
        "E0402",
        "too many ops",
        "Repeats and blocks are counted before they are made. A network may have 20,000 ops, and take 120,000 steps to "
        "work out: one for each node and argument, more for each module, so that some 4,000 modules may all be "
        "different. What comes to the same as before takes none. `--max-ops` on the command line raises both limits.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 3, kernel: 1, repeat: 1000000}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 3, kernel: 1, repeat: 10}]
            """
        ),
    ),
    Code(
        "E0403",
        "modules nested too deep",
        "Modules may be nested 32 deep: PyTorch's own tools fail on much more.",
        "33 blocks, each calling the next",
        "a chain of a few blocks",
    ),
    Code(
        "E0404",
        "a repeat that is no whole number of at least 1",
        "`repeat` counts copies. To leave a node out, give it `if: false`.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 3, kernel: 1, repeat: 0}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 3, kernel: 1, repeat: 1}]
            """
        ),
    ),
    Code(
        "E0405",
        "`from` names nothing that came before",
        "`from`, `concat: [a, b]` and their like refer to earlier nodes of the same or of an enclosing "
        "sequence, or to `input`, which flowed into the enclosing sequence. What is inside another module "
        "cannot be read from outside it.",
        spec(
            """
            input: [3, 32, 32]
            body: {a: {conv: 8, kernel: 1}, b: {conv: 8, kernel: 1, from: aa}}
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: {a: {conv: 8, kernel: 1}, b: {conv: 8, kernel: 1, from: a}}
            """
        ),
    ),
    Code(
        "E0406",
        "an expectation is not met",
        "`expect` states what the author counts on; the network is otherwise.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}]
            expect: {output: [8, 32, 32]}
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}]
            expect: {output: [8, 30, 30]}
            """
        ),
    ),
    Code(
        "E0407",
        "a value that nobody uses",
        "The value of this node or input reaches no output of the network. Its parameters would never be "
        "trained, and training on several devices would fail. Use it with `from`, list it in `outputs`, "
        "or delete it.",
        spec(
            """
            input: [3, 32, 32]
            body: {a: {conv: 8, kernel: 1}, b: {conv: 8, kernel: 1, from: input}}
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: {a: {conv: 8, kernel: 1}, b: {conv: 8, kernel: 1}}
            """
        ),
    ),
    Code(
        "E0408",
        "a parameter has no value",
        "A parameter of the network declared by its type alone must be set by a variant or by `--set`. A parameter "
        "with nothing behind its name has neither a type nor a default; one that is null by default says so: `null`.",
        spec(
            """
            params: {classes: int}
            input: [3, 32, 32]
            body: [gap, {fc: $classes}]
            """
        ),
        spec(
            """
            params: {classes: 10}
            input: [3, 32, 32]
            body: [gap, {fc: $classes}]
            """
        ),
    ),
    Code(
        "E0409",
        "weights cannot be shared between different layers",
        "`share` calls an earlier child of the same module once more, with the same weights: its input must "
        "give them the same shapes.",
        spec(
            """
            input: [8, 32, 32]
            body: {a: {conv: 16, kernel: 1}, b: {share: a}}
            """
        ),
        spec(
            """
            input: [8, 32, 32]
            body: {a: {conv: 8, kernel: 1}, b: {share: a}}
            """
        ),
    ),
    Code(
        "E0410",
        "a condition that is neither true nor false",
        "`if` takes `true`, `false`, or an expression that gives one of them.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 1, if: maybe}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 1, if: true}]
            """
        ),
    ),
    Code(
        "E0411",
        "an empty sequence",
        "A sequence without nodes does nothing. Where nothing is meant, write `identity`.",
        spec(
            """
            input: [3, 32, 32]
            body: [{seq: []}, relu]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [identity, relu]
            """
        ),
    ),
    Code(
        "E0412",
        "a path that leads nowhere",
        "`extends` changes and removes parts of the base by their paths; the base has no such part.",
        "extends: base.yaml\nremove: [head.fcc]\n",
        "extends: base.yaml\nremove: [head.fc]\n",
    ),
    Code(
        "E0413",
        "an op with the wrong number of inputs",
        "Joins take two inputs or more, every other op exactly one.",
        spec(
            """
            input: [3, 32, 32]
            body: [{concat: {a: relu}}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{concat: {a: relu, b: sigmoid}}]
            """
        ),
    ),
)
