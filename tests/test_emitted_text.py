"""The emitted file as a person reads it: its classes, their names, their arguments and parameters."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path

import pytest
from emit_specs import RESIDUAL, SPECS
from emitted import examples, graph, graph_of, outputs
from linters import by_linter, findings

import archspec
from archspec.backends.torch.module import build
from archspec.backends.torch.source import emit
from archspec.backends.torch.source import emitted as with_name


def lines(source: str, after: str) -> list[str]:
    """The lines from the one that holds `after` to the next blank one, without their indentation."""
    found = source.split("\n")
    start = next(at for at, line in enumerate(found) if after in line)
    end = next(at for at in range(start, len(found)) if not found[at].strip())
    return [line.strip() for line in found[start:end]]


# ---------------------------------------------------------------- the file reads well


@pytest.fixture(scope="module")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("emitted")
    for name in SPECS:
        (folder / f"{name}.py").write_text(emit(graph(name)), encoding="utf-8")
    return folder


@by_linter
def test_linters_find_nothing(linter: tuple[str, ...], emitted: Path) -> None:
    assert findings(linter, emitted) == ""


def test_a_chain_is_one_class() -> None:
    source = emit(graph("chain"))
    assert source.count("\nclass ") == 1
    assert lines(source, "class LeNet5") == [
        "class LeNet5(nn.Module):",
        "def __init__(self) -> None:",
        "super().__init__()",
        "self.c1 = nn.Conv2d(1, 6, 5)",
        "self.act1 = nn.Tanh()",
        "self.s2 = nn.AvgPool2d(2)",
        "self.c3 = nn.Conv2d(6, 16, 5)",
        "self.act3 = nn.Tanh()",
        "self.s4 = nn.AvgPool2d(2)",
        "self.f5 = nn.Linear(400, 120)",
        "self.act5 = nn.Tanh()",
        "self.output = nn.Linear(120, 10)",
    ]
    assert lines(source, "def forward") == [
        "def forward(self, x: Tensor) -> Tensor:",
        "x = self.act1(self.c1(x))  # 6 × 28 × 28",
        "x = self.s2(x)  # 6 × 14 × 14",
        "x = self.act3(self.c3(x))  # 16 × 10 × 10",
        "x = self.s4(x)  # 16 × 5 × 5",
        "x = torch.flatten(x, 1)  # 400",
        "x = self.act5(self.f5(x))  # 120",
        "x = self.output(x)  # 10",
        "return x",
    ]


def test_the_docstring_says_what_the_network_is() -> None:
    docstring = ast.get_docstring(ast.parse(emit(graph("chain"))))
    assert docstring == textwrap.dedent(
        """\
        LeNet-5

        Gradient-Based Learning Applied to Document Recognition

        Input:       N × 1 × 32 × 32
        Output:      N × 10
        Parameters:  51,902
        MACs:        406,800

        Compiled by archspec from <text>."""
    )


def test_copies_with_and_without_a_projection_are_one_class() -> None:
    source = emit(graph("residual"))
    assert lines(source, "class Basic") == ["class Basic(nn.Module):", '"""Two convolutions and a skip."""']
    assert lines(source, "def __init__(self, in_channels") == [
        "def __init__(self, in_channels: int, channels: int, stride: int = 1) -> None:",
        "super().__init__()",
        "out_channels = channels * 2",
        "self.conv1 = nn.Conv2d(",
        "in_channels, channels, 3, stride=stride, padding=1, bias=False",
        ")",
        "self.bn1 = nn.BatchNorm2d(channels)",
        "self.relu1 = nn.ReLU(inplace=True)",
        "self.conv2 = nn.Conv2d(channels, out_channels, 3, padding=1, bias=False)",
        "self.bn2 = nn.BatchNorm2d(out_channels)",
        "self.downsample: nn.Module = nn.Identity()",
        "if stride != 1 or in_channels != out_channels:",
        "self.downsample = nn.Sequential(",
        "nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False),",
        "nn.BatchNorm2d(out_channels),",
        ")",
        "self.relu2 = nn.ReLU(inplace=True)",
    ]
    assert lines(source, "def forward") == [
        "def forward(self, x: Tensor) -> Tensor:",
        "out = self.relu1(self.bn1(self.conv1(x)))",
        "out = self.bn2(self.conv2(out))",
        "x = self.relu2(out + self.downsample(x))",
        "return x",
    ]


def test_calls_of_a_block_that_lack_some_layers_are_one_class() -> None:
    source = emit(graph("mobile"))
    assert [line for line in source.split("\n") if line.startswith("class ")] == [
        "class DropPath(nn.Module):",
        "class Unit(nn.Sequential):",
        "class Gate(nn.Module):",
        "class Inverted(nn.Module):",
        "class MobileNet(nn.Module):",
    ]
    inverted = source[source.index("class Inverted") : source.index("class MobileNet")]
    assert lines(inverted, "super().__init__()") == [
        "super().__init__()",
        "wide = in_channels * expansion",
        "self.skip = stride == 1 and in_channels == channels",
        "layers: list[nn.Module] = []",
        "if expansion > 1:",
        "layers.append(Unit(in_channels, wide, activation=activation))",
        "layers.append(",
        "Unit(",
        "wide, wide, kernel=3, stride=stride, groups=wide, activation=activation",
        "),",
        ")",
        "if excite:",
        "layers.append(Gate(wide, channels // 4 + 1))",
        "layers.append(Unit(wide, channels, activation=None))",
        "self.block = nn.Sequential(*layers)",
        "self.stochastic_depth = DropPath(drop_path) if self.skip else nn.Identity()",
    ]
    assert lines(inverted, "def forward") == [
        "def forward(self, x: Tensor) -> Tensor:",
        "out: Tensor = self.stochastic_depth(self.block(x))",
        "return x + out if self.skip else out",
    ]


def test_the_class_of_an_activation_is_a_parameter() -> None:
    source = emit(graph("mobile"))
    assert "activation: type[nn.Module] | None = nn.ReLU,\n    ) -> None:" in source
    assert "if activation is not None:\n            layers.append(activation(inplace=True))" in source
    assert "Unit(3, 8, kernel=3, stride=2, activation=nn.Hardswish)," in source
    assert "Inverted(8, 8, 1, excite=True)," in source


def test_activations_with_arguments_of_their_own_are_two_classes() -> None:
    blocks = """
    blocks:
      unit:
        params: {slope: 0.01}
        seq:
          conv: {conv: 8, kernel: 1}
          one: {leaky_relu: $slope, if: $(slope > 0)}
          other: {use: relu, if: $(slope == 0)}
    """
    source = emit(graph_of("- unit\n- {unit: 0.2}\n- {unit: 0}", head=blocks))
    assert source.count("class Unit") == 2


def test_the_size_of_a_layer_says_whether_it_is_there() -> None:
    blocks = """
    blocks:
      unit:
        params: {gate: bool, width: 8}
        seq:
          - {conv: $width, kernel: 1}
          - {use: squeeze_excite, squeeze: "$(round_to(width // 4, 4))", if: $gate}
    """
    source = emit(graph_of("- {unit: true}\n- {unit: false}\n- {unit: true, width: 64}", head=blocks))
    assert "squeeze: int = 0" in source
    assert "if squeeze > 0:" in source
    assert "Unit(8, gate" not in source


def test_a_layer_that_is_left_out_of_a_chain_in_a_chain_makes_two_classes() -> None:
    """The list of a sequence's layers is built before the sequence, where a sequence in it has no place."""
    source = emit(graph("optional"))
    assert source.count("class Nested") == 2
    assert source.count("class Named") == 2


def test_a_function_that_some_instances_leave_out_is_passed_by() -> None:
    assert "out = torch.narrow(out, 1, 0, 8) if self.has_cut else out" in emit(graph("optional"))


def test_branches_that_are_calls_of_children_stand_in_their_join() -> None:
    assert "return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x)], 1)" in emit(
        graph("inception")
    )


def test_a_branch_that_is_handed_out_has_a_name() -> None:
    network = graph_of(
        """
        a: {conv: 8, kernel: 1}
        b: {conv: 8, kernel: 1, from: input}
        c: {add: [a, b]}
        """,
        head="outputs: [a, c]\n",
    )
    assert "out = self.a(x)\n" in emit(network)
    assert len(outputs(build(network)(*examples(network)))) == 2


def test_equal_neighbours_are_a_loop() -> None:
    source = emit(graph("residual"))
    assert "self.layer1 = nn.Sequential(Basic(8, 8), Basic(16, 8))" in source
    assert "*(Basic(32, 16) for _ in range(2))," in source


def test_steadily_growing_neighbours_are_a_loop() -> None:
    assert "OrderedDict(\n" in emit(graph("dense"))
    assert '(f"denselayer{i + 1}", DenseLayer(16 + 8 * i, 8))' in emit(graph("dense"))


def test_a_number_of_copies_that_differs_is_a_parameter() -> None:
    source = emit(graph("stages"))
    assert source.count("class Stage(nn.Module)") == 1
    assert "self.units = nn.Sequential(*(Unit(channels) for _ in range(copies - 1)))" in source
    assert "self.stage2 = Stage(8, 16, 4)" in source


def test_copies_that_shrink_the_map_are_a_number_of_copies() -> None:
    network = graph_of(
        """\
        a: {reduce: 4, halvings: 1}
        b: {reduce: 8, halvings: 0}
        c: {reduce: 8, halvings: 2}
        """,
        """\
        blocks:
          unit:
            params: {stride: 1}
            seq: {conv: {conv: $in_channels, kernel: 3, stride: $stride, padding: 1}, norm: norm}
          reduce:
            params: {channels: int, halvings: int}
            seq:
              halve: {unit: 2, repeat: "$(max(halvings, 1))", if: $(halvings > 0)}
              conv: {conv: $channels, kernel: 1}
        """,
    )
    source = emit(network)
    assert classes(source) == ["Unit", "Reduce", "Net"]
    assert "self.halve = nn.Sequential(*(Unit() for _ in range(halvings)))" in source
    (output,) = outputs(build(network).eval()(*examples(network)))
    assert output.shape[1:] == network.root.shape(network.root.outputs[0])


def test_each_kind_of_block_is_one_class() -> None:
    classes = [
        node.name for node in ast.parse(emit(graph("inception"))).body if isinstance(node, ast.ClassDef)
    ]
    assert classes == ["ConvBnRelu", "Inception", "GoogLeNetOutput", "GoogLeNet"]
    assert "padding=kernel // 2," in emit(graph("inception"))
    assert "def __init__(self, in_channels: int, ch1x1: int, reduce: int, ch3x3: int) -> None:" in emit(
        graph("inception")
    )


@pytest.mark.parametrize("variant", ["resnet11", "resnet21"])
def test_depth_costs_no_lines(variant: str) -> None:
    depths = {"resnet11": "[2, 3]", "resnet21": "[4, 6]"}[variant]
    source = emit(
        archspec.compile(RESIDUAL.replace("params: {depths: [2, 3]}", f"params: {{depths: {depths}}}")).graph
    )
    assert len(source.splitlines()) <= len(emit(graph("residual")).splitlines()) + 2


def classes(source: str) -> list[str]:
    return re.findall(r"^class (\w+)", source, re.MULTILINE)


def test_classes_of_one_block_are_named_for_what_sets_them_apart() -> None:
    network = graph_of(
        """\
        a: {join: 8}
        b: {join: 4, keep: false}
        c: {join: 4}
        """,
        """\
        blocks:
          join:
            params: {channels: int, keep: true}
            add:
              wide: {conv: $channels, kernel: 3, padding: 1}
              narrow: [{conv: $channels, kernel: 1}, norm]
              identity: {seq: [norm, relu], if: $keep}
        """,
    )
    assert classes(emit(network)) == ["JoinWithIdentity", "Join", "Net"]


def test_a_join_takes_its_inputs_by_their_names() -> None:
    network = graph_of(
        """\
        a: {conv: 8, kernel: 1}
        b: {conv: 8, kernel: 1}
        sum:
          add:
            left: {conv: 8, kernel: 1, from: a}
            right: {conv: 8, kernel: 1, from: b}
        """
    )
    source = emit(network)
    assert "def forward(self, b: Tensor, a: Tensor) -> Tensor:" in source
    assert lines(source, "def forward")[1:4] == [
        "left = self.left(a)",
        "right = self.right(b)",
        "x: Tensor = left + right",
    ]


def test_values_that_a_join_in_a_residual_takes_have_their_own_names() -> None:
    network = graph_of(
        """\
        one:
          residual:
            a: {conv: 8, kernel: 1}
            b: {conv: 8, kernel: 1}
            c: {conv: 8, kernel: 1}
            all: {concat: [a, b, c]}
            join: {conv: 8, kernel: 1}
          shortcut: auto
        """
    )
    source = emit(network)
    assert "b = self.b(a)" in source
    assert "torch.cat([a, b, out], 1)" in source


@pytest.mark.parametrize(
    ("name", "expected", "said"),
    [
        ("preact_resnet164", "PreactBlock", "As `PreactBlockWithProjection`, without projection."),
        ("res2net50_26w_4s", "Bottle2neck", "As `Bottle2neckWithProjection`, without projection."),
        ("residual_regressor", "ResidualUnitWithProjection", "As `ResidualUnit`, with projection."),
        ("repvgg_a0", "RepvggBlockWithIdentity", "As `RepvggBlock`, with identity."),
        ("lenet_1998", "MapsWithMiddle", ""),
    ],
)
def test_shipped_networks_have_names_that_tell_classes_apart(name: str, expected: str, said: str) -> None:
    source = emit(archspec.compile(name).graph)
    assert expected in classes(source)
    assert said in source
    assert not [each for each in classes(source)[:-1] if each[-1].isdigit()]


def test_a_class_is_not_named_for_what_some_of_its_instances_lack() -> None:
    source = emit(archspec.compile("hrnet_w18").graph)
    assert [each for each in classes(source) if each.startswith("Resize")] == [
        "ResizeWithEnlarge",
        "ResizeWithReach",
    ]


def test_sums_without_a_name_are_called_after_where_they_stand() -> None:
    network = graph_of(
        """\
        sum1: {add: {left: {conv: 8, kernel: 1}, right: {maxpool: 3, stride: 1, padding: 1}}}
        sum2: {add: {left: {conv: 8, kernel: 1}, right: {seq: {up: {upsample: 2}, down: {avgpool: 2}}}}}
        """
    )
    assert classes(emit(network)) == ["Sum1", "Sum2", "Net"]


def test_a_module_that_does_nothing_is_an_identity() -> None:
    network = graph_of(
        """\
        a: {maybe: false}
        b: {maybe: true}
        """,
        """\
        blocks:
          maybe:
            params: {there: bool}
            seq:
              nothing: {use: identity, if: $(not there)}
              conv: {conv: 8, kernel: 1, if: $there}
              act: {use: relu6, if: $there}
        """,
    )
    assert "self.a = nn.Identity()" in emit(network)
    (output,) = outputs(build(network).eval()(*examples(network)))
    assert output.shape[1:] == network.root.shape(network.root.outputs[0])


def test_forward_takes_what_it_reads() -> None:
    network = graph_of(
        """\
        a: {conv: 8, kernel: 1}
        b: {conv: 8, kernel: 1, from: a}
        c:
          add:
            left: {conv: 8, kernel: 3, padding: 1, from: a}
            right: {norm: batch, from: a}
        d: {add: [b, c]}
        """
    )
    source = emit(network)
    assert "def forward(self, a: Tensor) -> Tensor:" in source
    assert "x = self.b(a) + self.c(a)" in source
    (output,) = outputs(build(network).eval()(*examples(network)))
    assert output.shape[1:] == network.root.shape(network.root.outputs[0])


def test_resnet152_is_short() -> None:
    source = archspec.compile("resnet152").source()
    assert "class ResNet152(nn.Module):" in source
    assert len(source.splitlines()) < 120


def test_initialisation_speaks_of_the_layers_there_are() -> None:
    source = emit(graph("residual"))
    assert lines(source, "for module in self.modules()") == [
        "for module in self.modules():",
        "if isinstance(module, nn.Conv2d):",
        "nn.init.kaiming_normal_(",
        'module.weight, mode="fan_out", nonlinearity="relu"',
        ")",
        "elif isinstance(module, nn.BatchNorm2d):",
        "nn.init.ones_(module.weight)",
        "nn.init.zeros_(module.bias)",
        "elif isinstance(module, nn.Linear):",
        "nn.init.normal_(module.weight, std=0.01)",
        "nn.init.zeros_(module.bias)",
    ]
    model = build(graph("residual"))
    assert model.get_parameter("fc.bias").abs().sum() == 0
    assert 0.005 < model.get_parameter("fc.weight").std().item() < 0.02


# ---------------------------------------------------------------- arguments and parameters


def test_what_nobody_can_derive_becomes_a_parameter() -> None:
    source = emit(
        graph_of(
            """
            - {residual: [{conv: 8, kernel: 3, padding: 1}, {dropout: 0.5}], shortcut: identity}
            - {residual: [{conv: 8, kernel: 5, padding: 2}, {dropout: 0.25}], shortcut: identity}
            """
        )
    )
    assert source.count("class Residual(nn.Module)") == 1
    assert "def __init__(self, kernel: int, p: float) -> None:" in source
    assert "nn.Conv2d(8, 8, kernel, padding=kernel // 2)," in source
    assert "Residual(kernel=5, p=0.25)" in source


def test_a_condition_that_no_argument_tells_is_a_flag() -> None:
    network = graph_of(
        """
        a: {unit: 1}
        b: {unit: 6}
        c: {unit: 1}
        """,
        head="""\
        blocks:
          unit:
            params: {size: int}
            residual:
              conv: {conv: 8, kernel: $size}
            shortcut: {projection: auto}
        """,
    )
    source = emit(network)
    assert "def __init__(self, size: int, project: bool = False) -> None:" in source
    assert "if project:" in source
    assert "self.b = Unit(6, project=True)" in source
    assert "self.c = Unit(1)" in source
    assert tuple(build(network)(*examples(network)).shape) == (2, 8, 1, 1)


def test_a_function_keeps_its_arguments_as_attributes() -> None:
    source = emit(graph("awkward_names"))
    assert "self.part_value = torch_ // 2" in source
    assert "part = torch.narrow(x2, 1, 0, self.part_value)" in source


def test_parameters_hide_nothing() -> None:
    """Blocks and parameters called `self`, `torch`, `list`, and a network called `class`."""
    source = with_name(graph("awkward_names"))
    assert "class Self(nn.Module):" in source.text
    assert "in_channels: int, torch_: int" in source.text
    assert source.class_name == "Class"


def test_a_shared_child_is_made_once() -> None:
    network = graph_of(
        """
        conv: {conv: 8, kernel: 3, padding: 1}
        again: {share: conv}
        """
    )
    source = emit(network)
    assert source.count("nn.Conv2d(") == 1
    assert source.count("self.conv(") == 2
    assert len(build(network).state_dict()) == 2
