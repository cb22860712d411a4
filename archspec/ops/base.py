"""What an op is.

An op is one frozen dataclass: its fields are the arguments a spec may write, its methods say everything the compiler
knows of it. `infer` is asked first; the other methods may rely on its having answered with a shape.

Shapes are tuples of ints, channels first, without the batch: `(64, 56, 56)`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from archspec.ops.recipe import Recipe

Shape: TypeAlias = tuple[int, ...]

Kind: TypeAlias = Literal[
    "conv", "linear", "norm", "activation", "pool", "reshape", "dropout", "join", "resample", "other"
]
"""The families by which pictures colour an op."""


def axis_name(rank: int, axis: int) -> str:
    """The conventional name of axis `axis` of a shape of `rank` axes: C, L, H, W, D; C for a vector."""
    if axis == 0:
        return "C"
    return {2: "L", 3: "HW", 4: "DHW"}.get(rank, "?" * rank)[axis - 1]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an op does not accept its inputs. The checker makes a diagnostic of it, at the argument named.

    `message` is the fact in one clause ("kernel 5 is larger than the padded height 3"); `help`, where there is one,
    says what to write, and writing it makes the op valid. `axis` is the input's axis whose size is at fault, if one
    is: the checker then shows the trace of sizes along it. `input` is the input at fault where there are several.
    """

    code: str
    message: str
    argument: str = ""
    help: str = ""
    axis: int | None = None
    input: int | None = None
    mended: Shape | None = None
    """The output's shape once the fault is mended, where the fault leaves no doubt of it save along the axes `open`."""
    open: tuple[int, ...] = ()
    due: int | None = None
    """The one size of `axis` that would do, where there is just one."""


@dataclass(frozen=True, slots=True)
class Weight:
    """One entry an op adds to the `state_dict`: a parameter, or a buffer (not trained)."""

    name: str
    """Its name in the layer; empty where it is a parameter of the module around, under the node's own name."""
    shape: Shape
    buffer: bool = False

    def key(self, path: str) -> str:
        """Its key in a `state_dict`, for a node of that path."""
        return f"{path}.{self.name}" if self.name else path


@dataclass(frozen=True, slots=True)
class Window:
    """What one output position sees of the input along one axis.

    `size` input positions (dilation included), `stride` input positions between neighbours, `padding` positions
    added before the first. `size=0` stands for the whole axis.
    """

    size: int = 1
    stride: int = 1
    padding: int = 0


WHOLE_AXIS = Window(size=0, stride=1, padding=0)


@dataclass(frozen=True, slots=True)
class Glyph:
    """How a picture writes the op: in full size (`conv 3×3, 64, /2`), or `small` beside the op before it (`BN`)."""

    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Op(ABC):
    """One op with its arguments. Subclasses are frozen, slotted dataclasses; their docstring is their documentation."""

    key: ClassVar[str]
    """The name by which a spec calls it."""
    main: ClassVar[str | None] = None
    """The field that the value beside the key sets: `conv: 64`."""
    kind: ClassVar[Kind]
    reference: ClassVar[str] = ""
    """Where the op is defined: a PyTorch page, a paper."""
    example: ClassVar[str] = ""
    """One line of YAML that uses it."""
    can_be_inplace: ClassVar[bool] = False
    """Its layer takes `inplace=True`."""
    saves_output: ClassVar[bool] = False
    """The backward pass reads the op's own output, so that nobody may overwrite it."""
    views_input: ClassVar[bool] = False
    """The output may share memory with the input."""

    @abstractmethod
    def infer(self, *inputs: Shape) -> Shape | Fault:
        """The output's shape, or why there is none. Equals PyTorch's own verdict."""

    @abstractmethod
    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        """The entries of the layer's `state_dict`, in PyTorch's order."""

    @abstractmethod
    def macs(self, *inputs: Shape) -> int:
        """Multiply-accumulates of one example: convolutions and fully connected layers count, nothing else does."""

    @abstractmethod
    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        """The receptive field over the input, one window for each spatial axis; empty for a vector."""

    @abstractmethod
    def torch(self, *inputs: Shape) -> Recipe:
        """The op in PyTorch."""

    @abstractmethod
    def glyph(self, *inputs: Shape) -> Glyph:
        """The op in a picture."""

    def is_parameter(self) -> bool:
        """Whether its weight is a parameter of the module around, under the node's own name, and it no child."""
        return False

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        """Whether each spatial axis is by itself, whatever its size: the output's size along it, whether the op accepts
        it and the layer then is the same, depend on the inputs' sizes along that axis alone. `inputs` are shapes that
        the op accepts.

        An op that does not say so is not known to.
        """
        return False


class Weightless(Op):
    """An op without parameters, whose arithmetic is not counted as multiply-accumulates."""

    __slots__ = ()

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        return ()

    def macs(self, *inputs: Shape) -> int:
        return 0


class Pointwise(Weightless):
    """An op that changes each number by itself: any shape in, the same shape out."""

    __slots__ = ()

    def infer(self, *inputs: Shape) -> Shape | Fault:
        return inputs[0]

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        return (Window(),) * (len(inputs[0]) - 1)

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        return True
