"""E02xx: names, keys, arguments and their values."""

from archspec.codes.table import Code, spec

LANGUAGE = (
    Code(
        "E0201",
        "there is no op of that name",
        "A node names an op, a block or a structure such as `seq`. `archspec explain ops` lists the "
        "ops, `archspec blocks` the blocks that ship with archspec.",
        spec(
            """
            input: [3, 32, 32]
            body: [{cnov: 8, kernel: 3}]
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
        "E0202",
        "the op or block has no such argument",
        "The arguments beside an op's or block's name are its own and no others. `archspec explain "
        "NAME` lists them.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernal: 3}]
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
        "E0203",
        "an unknown key",
        "This mapping has a fixed set of keys, and this is none of them.",
        spec(
            """
            inputs: [3, 32, 32]
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
        "E0204",
        "there is no parameter of that name",
        "Variants and `--set` give values to parameters that `params` declares.",
        spec(
            """
            params: {width: 8}
            variants: {wide: {widht: 16}}
            input: [3, 32, 32]
            body: [{conv: $width, kernel: 3}]
            """
        ),
        spec(
            """
            params: {width: 8}
            variants: {wide: {width: 16}}
            input: [3, 32, 32]
            body: [{conv: $width, kernel: 3}]
            """
        ),
    ),
    Code(
        "E0205",
        "an argument is missing",
        "An argument without a default must be given, by its name or, for the main argument, beside the "
        "op's key.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8}]
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
        "E0206",
        "a value of the wrong type",
        "Types are strict: `true` is not 1, `3.0` is not 3, `'3'` is not 3. A value in quotes is a "
        "text; so are `no`, `3:30` and `1_000`, which other readers of YAML take for something else.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3.0}]
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
        "E0207",
        "a value out of range",
        "The type is right, but no layer can be built with this value.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3, stride: 0}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3, stride: 1}]
            """
        ),
    ),
    Code(
        "E0208",
        "a value that is not one of the choices",
        "This argument takes one of a few words, which the message lists.",
        spec(
            """
            input: [3, 32, 32]
            body: [{norm: bath}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{norm: batch}]
            """
        ),
    ),
    Code(
        "E0209",
        "a name that cannot be used",
        "Names become attributes of a PyTorch module and parts of the keys of its `state_dict`. A name "
        "is a letter followed by letters, digits and underscores, no keyword of Python, no word of the "
        "language, and nothing that every `nn.Module` already has (`forward`, `training`, …).",
        spec(
            """
            input: [3, 32, 32]
            body: {forward: {conv: 8, kernel: 3}}
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
        "E0210",
        "two children of one module have the same name",
        "A path must lead to one module. Names that differ only in upper and lower case count as the "
        "same. `share` is the way to use a module twice.",
        spec(
            """
            input: [3, 32, 32]
            stem: {conv1: {conv: 8, kernel: 3}}
            body: {conv1: {conv: 8, kernel: 3}}
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            stem: {conv1: {conv: 8, kernel: 3}}
            body: {conv2: {conv: 8, kernel: 3}}
            """
        ),
    ),
    Code(
        "E0211",
        "two ops in one node",
        "A node is one op, block or structure with its arguments. Make two nodes of it, in the order in which data "
        "flows through them. The fix takes the order in which they are written; there is none where an argument does "
        "not follow the op that takes it, where a modifier such as `repeat` could be for any of them, or where an "
        "activation stands before a norm.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3, maxpool: 2}]
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
        "E0212",
        "a node without an op",
        "One key of a node names an op, a block or a structure. A bare op (`relu`) is a node as well.",
        spec(
            """
            input: [3, 32, 32]
            body: [{kernel: 3, stride: 1}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3, stride: 1}]
            """
        ),
    ),
    Code(
        "E0213",
        "there is no block of that name",
        "`use` names a block of this file, of an imported one (`inc.module`), or one that ships with "
        "archspec.",
        spec(
            """
            blocks: {small: {seq: [{conv: 8, kernel: 3}]}}
            input: [3, 32, 32]
            body: [{use: smal}]
            """
        ),
        spec(
            """
            blocks: {small: {seq: [{conv: 8, kernel: 3}]}}
            input: [3, 32, 32]
            body: [{use: small}]
            """
        ),
    ),
    Code(
        "E0214",
        "there is no variant of that name",
        "`file.yaml:NAME` takes a name under `variants` of that file.",
        "archspec build resnet.yaml:resnet51",
        "archspec build resnet.yaml:resnet50",
    ),
    Code(
        "E0215",
        "a key is missing",
        "A spec says `archspec: 1`, its `input` and at least one of `stem`, `body` and `head`; some "
        "structures have keys that they cannot do without.",
        spec(
            """
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
        "E0216",
        "a version of the language that this archspec does not know",
        "`archspec: 1` is the version of the language the spec is written in, not of the program.",
        "archspec: 2\nname: Example\ninput: [3, 32, 32]\nbody: [{conv: 8, kernel: 3}]\n",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}]
            """
        ),
    ),
    Code(
        "E0217",
        "a modifier that has nothing to modify",
        "`first`, `last` and `as` belong to `repeat`: they speak of its copies.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3, first: {stride: 2}}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3, repeat: 2, first: {stride: 2}}]
            """
        ),
    ),
    Code(
        "E0218",
        "an initialisation that does not exist",
        "`init` takes the schemes of `torch.nn.init` by their names there, without the underscore at "
        "the end.",
        spec(
            """
            init: {conv: {kaiming_norml: {mode: fan_out}}}
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}]
            """
        ),
        spec(
            """
            init: {conv: {kaiming_normal: {mode: fan_out}}}
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}]
            """
        ),
    ),
    Code(
        "E0219",
        "a row of the table has the wrong length",
        "Every row of `in` gives one value to every name of `for`.",
        spec(
            """
            input: [3, 32, 32]
            body: [{for: [c, s], in: [[8, 1], [16]], do: [{conv: $c, kernel: 3, stride: $s}]}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{for: [c, s], in: [[8, 1], [16, 2]], do: [{conv: $c, kernel: 3, stride: $s}]}]
            """
        ),
    ),
    Code(
        "E0220",
        "an argument is given twice",
        "The main argument stands beside the op's key; it cannot be given by its name as well.",
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, channels: 16, kernel: 3}]
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
        "E0221",
        "arguments that do not go together",
        "Each value is valid by itself, and no layer can be built with all of them: one needs another "
        "that is missing, or two contradict each other.",
        spec(
            """
            input: [32, 8, 8]
            body: [{norm: group}]
            """
        ),
        spec(
            """
            input: [32, 8, 8]
            body: [{norm: group, groups: 8}]
            """
        ),
    ),
    Code(
        "E0222",
        "the parts of the network in the wrong order",
        "The file reads as the data flows, which is also the order of the `state_dict`: `stem`, `body`, `head`.",
        spec(
            """
            input: [3, 32, 32]
            head: [gap, {fc: 10}]
            body: [{conv: 8, kernel: 3}]
            """
        ),
        spec(
            """
            input: [3, 32, 32]
            body: [{conv: 8, kernel: 3}]
            head: [gap, {fc: 10}]
            """
        ),
    ),
)
