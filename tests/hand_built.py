"""Graphs built by hand, for tests of what comes after expansion. `Line` adds steps to a module one by one."""

from __future__ import annotations

from archspec.diagnostics import InternalError
from archspec.ir import Aux, Block, Graph, Module, Origin, Role, Shortcut, Step, Structure
from archspec.ops.activation import ReLU
from archspec.ops.adaptive import GlobalAvgPool
from archspec.ops.base import Fault, Op, Shape
from archspec.ops.convolution import Conv
from archspec.ops.joins import Add, Concat
from archspec.ops.linear import FullyConnected
from archspec.ops.norm import Norm
from archspec.ops.pooling import AvgPool, MaxPool
from archspec.ops.reshape import Flatten
from archspec.ops.smooth import Tanh
from archspec.source import Source, Span

SOURCE = Source("net.yaml", "archspec: 1\nname: by hand\n")
SPAN = Span(SOURCE, 12, 16)
ORIGIN = Origin(SPAN)


class Line:
    """A module under construction; `last` is its newest value."""

    def __init__(self, *inputs: Shape, section: str = "") -> None:
        self.inputs = inputs
        self.steps: list[Step] = []
        self.section = section
        self.last = 0

    def shape(self, value: int) -> Shape:
        return self.inputs[value] if value < len(self.inputs) else self.steps[value - len(self.inputs)].shape

    def add(self, name: str, target: Op | Module, *inputs: int, role: Role = "", shared: bool = False) -> int:
        values = inputs or (self.last,)
        if isinstance(target, Module):
            shape = target.shape(target.outputs[0])
        else:
            inferred = target.infer(*(self.shape(value) for value in values))
            if isinstance(inferred, Fault):
                raise InternalError(inferred.message)
            shape = inferred
        self.steps.append(Step(name, target, values, shape, ORIGIN, role, self.section, shared))
        self.last = len(self.inputs) + len(self.steps) - 1
        return self.last

    def module(
        self, structure: Structure = "sequence", block: str = "", shortcut: Shortcut | None = None
    ) -> Module:
        called = Block(block, SPAN, {}, {}) if block else None
        return Module(structure, self.inputs, tuple(self.steps), (self.last,), called, shortcut)

    def graph(
        self, name: str, about: str = "", aux: tuple[Aux, ...] = (), output: int | None = None
    ) -> Graph:
        outputs = (self.last if output is None else output,)
        root = Module("network", self.inputs, tuple(self.steps), outputs)
        return Graph(name, about, "net.yaml", "", {}, ("input",), ("output",), root, aux)


def conv(channels: int, kernel: int = 3, stride: int = 1, bias: bool = False) -> Conv:
    return Conv(channels, kernel, stride=stride, padding=kernel // 2, bias=bias)


def basic_block(shape: Shape, channels: int, stride: int = 1) -> Module:
    """A basic block of ResNet; `auto` chose its shortcut."""
    line = Line(shape)
    line.add("conv1", conv(channels, 3, stride))
    line.add("bn1", Norm("batch"))
    line.add("relu", ReLU())
    line.add("conv2", conv(channels))
    main = line.add("bn2", Norm("batch"))
    side = 0
    if line.shape(main) != shape:
        projection = Line(shape)
        projection.add("0", conv(channels, 1, stride))
        projection.add("1", Norm("batch"))
        side = line.add("downsample", projection.module(), 0, role="shortcut")
    line.add("add", Add(), main, side, role="join")
    line.add("relu", ReLU(), role="after", shared=True)
    kind = "projection" if side else "identity"
    return line.module("residual", "basic", Shortcut(kind, automatic=True))


def resnet(depths: tuple[int, ...], name: str = "ResNet") -> Graph:
    """A ResNet of basic blocks for 3 × 224 × 224."""
    line = Line((3, 224, 224), section="stem")
    line.add("conv1", conv(64, 7, 2))
    line.add("bn1", Norm("batch"))
    line.add("relu", ReLU())
    line.add("maxpool", MaxPool(3, stride=2, padding=1))
    line.section = "body"
    for stage, depth in enumerate(depths):
        copies = Line(line.shape(line.last))
        channels, stride = 64 * 2**stage, 1 if stage == 0 else 2
        copies.add("0", basic_block(copies.inputs[0], channels, stride))
        same = basic_block(copies.shape(copies.last), channels)
        if stage == 0:
            same = copies.steps[0].target
        for copy in range(1, depth):
            copies.add(str(copy), same)
        line.add(f"layer{stage + 1}", copies.module("repeat"))
    line.section = "head"
    line.add("avgpool", GlobalAvgPool())
    line.add("fc", FullyConnected(1000))
    return line.graph(name)


def inception(shape: Shape, one: int, three: tuple[int, int], five: tuple[int, int], pool: int) -> Module:
    """An inception module of GoogLeNet."""

    def path(*layers: tuple[int, int]) -> Module:
        branch = Line(shape)
        for index, (channels, kernel) in enumerate(layers):
            branch.add(f"conv{index}", conv(channels, kernel, bias=True))
            branch.add(f"relu{index}", ReLU())
        return branch.module()

    pooled = Line(shape)
    pooled.add("pool", MaxPool(3, stride=1, padding=1))
    pooled.add("conv", conv(pool, 1, bias=True))
    pooled.add("relu", ReLU())
    line = Line(shape)
    ends = (
        line.add("branch1", path((one, 1)), 0, role="branch"),
        line.add("branch2", path((three[0], 1), (three[1], 3)), 0, role="branch"),
        line.add("branch3", path((five[0], 1), (five[1], 5)), 0, role="branch"),
        line.add("branch4", pooled.module(), 0, role="branch"),
    )
    line.add("concat", Concat(), *ends, role="join")
    return line.module("concat", "inception")


def small_googlenet() -> Graph:
    """Two inception modules between a pool and a classifier, with an auxiliary head."""
    line = Line((192, 28, 28), section="body")
    line.add("inception3a", inception((192, 28, 28), 64, (96, 128), (16, 32), 32))
    read = line.add("inception3b", inception((256, 28, 28), 128, (128, 192), (32, 96), 64))
    line.section = "aux1"
    head = Line((480, 28, 28))
    head.add("pool", AvgPool(5, stride=3))
    head.add("conv", conv(128, 1, bias=True))
    head.add("relu", ReLU())
    head.add("flatten", Flatten())
    head.add("fc", FullyConnected(1000))
    aux = line.add("aux1", head.module(), read, role="aux")
    line.section = "body"
    line.add("maxpool3", MaxPool(3, stride=2, padding=1), read)
    line.section = "head"
    line.add("avgpool", GlobalAvgPool())
    end = line.add("fc", FullyConnected(1000))
    return line.graph("Small GoogLeNet", aux=(Aux("aux1", aux, 0.3),), output=end)


def lenet() -> Graph:
    """LeNet-5 with a dense C3."""
    line = Line((1, 32, 32), section="body")
    line.add("conv1", Conv(6, 5))
    line.add("tanh1", Tanh())
    line.add("pool1", AvgPool(2))
    line.add("conv2", Conv(16, 5))
    line.add("tanh2", Tanh())
    line.add("pool2", AvgPool(2))
    line.section = "head"
    line.add("flatten", Flatten())
    for index, features in enumerate((120, 84, 10)):
        line.add(f"fc{index + 1}", FullyConnected(features))
        if features != 10:
            line.add(f"tanh{index + 3}", Tanh())
    return line.graph("LeNet-5")
