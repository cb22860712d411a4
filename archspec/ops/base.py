"""What an op is.

An op is one frozen dataclass: its fields are the arguments a spec may write, its methods say everything the compiler
knows of it. `infer` is asked first; the other methods may rely on its having answered with a shape.

Shapes are tuples of ints, channels first, without the batch: `(64, 56, 56)`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from math import floor
from typing import Any, ClassVar, Literal, TypeAlias

from archspec.ops.recipe import Recipe
from archspec.records import dataclass

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
    """The one size of `axis` that would do, or the smallest, where there is just one."""
    meant: str = ""
    """What to write in place of the argument, where that is certain."""


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


Span: TypeAlias = tuple[int, int]
"""The first and the last of consecutive positions."""


@dataclass(frozen=True, slots=True)
class Window:
    """What the output's positions see of the input along one axis.

    `size` input positions (dilation included; the most that any position sees), `stride` input positions between
    neighbours (1/2 where the map is enlarged twice), `padding` positions before the first. `size=0` stands for the
    whole axis.

    `phases` is for windows that do not simply slide, and empty for those that do: what each position of one round sees
    (`None`: nothing); the next round sees the same, `stride * len(phases)` positions further on.
    """

    size: int = 1
    stride: int | Fraction = 1
    padding: int = 0
    phases: tuple[Span | None, ...] = ()
    dilation: int = 1
    """Of one op alone: it looks at every so many positions from the first to the last."""
    in_rounds: bool = True
    """False: `phases` are all positions of a map, one by one, and there is no round after them."""
    is_exact: bool = True
    """Whether it tells for each position what it sees, and not a bound that holds for all."""

    @classmethod
    def repeating(cls, spans: tuple[Span | None, ...], advance: int, dilation: int = 1) -> Window:
        """The window whose position `i` sees `spans[i % n]`, moved by `advance` for each round of `n` before it."""
        count = len(spans)
        for period in range(1, count):
            if count % period == 0 and advance * period % count == 0:
                step = advance * period // count
                if all(_moved(a, step) == b for a, b in zip(spans, spans[period:], strict=False)):
                    return cls.repeating(spans[:period], step, dilation)
        size, padding = _extent(spans)
        if count == 1 and spans[0] is not None:
            return cls(size, advance, padding, dilation=dilation)
        return cls(size, whole(Fraction(advance, count)), padding, spans, dilation)

    @classmethod
    def listing(cls, spans: tuple[Span | None, ...], stride: int | Fraction) -> Window:
        """The window of a map whose positions are all in `spans`, about `stride` apart."""
        size, padding = _extent(spans)
        return cls(size, stride, padding, spans, in_rounds=False)

    @property
    def spans(self) -> tuple[Span | None, ...]:
        """What each position of one round sees, or each of the map; of a bound, what the first may see."""
        return self.phases or ((-self.padding, self.size - 1 - self.padding),)

    @property
    def advance(self) -> int:
        """How far on the next round sees."""
        return int(self.stride * len(self.spans))

    def at(self, position: int) -> Span | None:
        """What a position sees; a bound of it, where that is all there is.

        What lies before and behind a map whose positions are listed sees what its ends see, moved on.
        """
        if not self.is_exact:
            first = floor(position * self.stride) - self.padding
            return first, first + self.size - 1
        count = len(self.spans)
        if self.in_rounds:
            rounds, phase = divmod(position, count)
            return _moved(self.spans[phase], rounds * self.advance)
        listed = min(max(position, 0), count - 1)
        return _moved(self.spans[listed], floor((position - listed) * self.stride))


def _extent(spans: tuple[Span | None, ...]) -> tuple[int, int]:
    """The most that one of `spans` holds, and how far the first begins before 0."""
    seen = [span for span in spans if span is not None]
    size = max((last - first + 1 for first, last in seen), default=1)
    return size, -seen[0][0] if seen else 0


def whole(number: Fraction) -> int | Fraction:
    """The number as an integer, if it is one."""
    return number.numerator if number.denominator == 1 else number


Along: TypeAlias = tuple[int, Window]
"""An axis of an op's output, and what positions along it see of an axis of the input."""


def _moved(span: Span | None, by: int) -> Span | None:
    return None if span is None else (span[0] + by, span[1] + by)


POINT = Window()
"""Each position sees its own place."""
WHOLE_AXIS = Window(size=0, stride=1, padding=0)

MAX_PHASES = 1024
"""Where positions differ in more ways than this, a window is a bound of them all."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What PyTorch keeps of one call of a layer for the backward pass, beside the layer's weights and buffers.

    `inputs` are the positions of the inputs it keeps, each as it is; `output` whether it keeps its result. `numbers`
    and `places` are what it makes for itself, for each example: numbers of the network's type, and indices (int64).
    `numbers_per_batch` are made once, whatever the batch.
    """

    inputs: tuple[int, ...] = ()
    output: bool = False
    numbers: int = 0
    places: int = 0
    numbers_per_batch: int = 0


@dataclass(frozen=True, slots=True)
class Glyph:
    """How a picture writes the op: in full size (`conv 3×3, 64, /2`), or `small` beside the op before it (`BN`)."""

    text: str
    small: bool = False


class Op(ABC):
    """One op with its arguments. Subclasses are frozen, slotted dataclasses; their docstring is their documentation."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Any]]
    """Every op is a dataclass. This class, which has no arguments, is none: heirs of one take longer to make."""

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
    """The output may share memory with the input: see `is_view`."""
    mixes_channels: ClassVar[bool] = True
    """A channel of the output may see other channels of the input than its own."""

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

    def along(self, *inputs: Shape) -> tuple[Along | None, ...]:
        """For each axis of an input, the channels first: the output's axis along which its positions go, and what
        they see of it; None where every position may see all of it, as is the rule for channels.

        For an op that leaves the axes of a map where they are, this is what `windows` says.
        """
        channels = None if self.mixes_channels else (0, POINT)
        spatial = enumerate(self.windows(*inputs), start=1)
        return (channels, *(None if window.size == 0 else (axis, window) for axis, window in spatial))

    @abstractmethod
    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        """What the backward pass keeps of a call in training, in PyTorch on a CPU. `inplace`: the layer overwrites its
        input.
        """

    def made_in_inference(self, *inputs: Shape) -> Saved:
        """The `numbers` and `places` that it makes beside its result where nothing is kept: those that it would keep,
        as a rule, since it makes them all the same.
        """
        return self.saved_for_backward(*inputs)

    @abstractmethod
    def torch(self, *inputs: Shape) -> Recipe:
        """The op in PyTorch."""

    @abstractmethod
    def glyph(self, *inputs: Shape) -> Glyph:
        """The op in a picture."""

    def is_view(self, *inputs: Shape, training: bool) -> bool:
        """Whether the output is the input's memory, and takes none of its own."""
        return self.views_input

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


class Movement(Weightless):
    """An op without arithmetic: each number of the output is one of the input, or was there before."""

    __slots__ = ()

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        return Saved()


class Pointwise(Op):
    """An op that changes each number by itself: any shape in, the same shape out."""

    __slots__ = ()
    mixes_channels: ClassVar[bool] = False

    def infer(self, *inputs: Shape) -> Shape | Fault:
        return inputs[0]

    def macs(self, *inputs: Shape) -> int:
        return 0

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        return (POINT,) * (len(inputs[0]) - 1)

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        return True
