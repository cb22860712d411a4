"""The layers that PyTorch has not, and that emitted files carry a copy of.

In: definitions that a recipe names without a prefix. Out: the source backend copies a definition, with what it uses of
this file, into the emitted file word for word; nothing of archspec is imported there.

Holds: a definition uses nothing but `torch`, `nn`, `F`, `Tensor`, `math` and other definitions of this file; its
`state_dict` keys are those that the op's `weights` lists; `forward` has no test on shapes, so that TorchScript, fx,
export and compile all take it.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def same_padding(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Positions to add before and after, so that `ceil(size / stride)` come out.

    TensorFlow's rule.
    """
    extent = (kernel - 1) * dilation + 1
    total = extent - 1 - (size - 1) % stride
    total = total * (1 + total // (extent + stride))  # 0 where it is negative
    return total // 2, total - total // 2


class SameConv1d(nn.Conv1d):
    """A convolution with TensorFlow's `same` padding, at any stride."""

    def forward(self, x: Tensor) -> Tensor:
        k, s, d = self.kernel_size, self.stride, self.dilation
        left, right = same_padding(x.shape[2], k[0], s[0], d[0])
        mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
        x = F.pad(x, [left, right], mode)
        return F.conv1d(x, self.weight, self.bias, s, 0, d, self.groups)


class SameConv2d(nn.Conv2d):
    """A convolution with TensorFlow's `same` padding, at any stride."""

    def forward(self, x: Tensor) -> Tensor:
        k, s, d = self.kernel_size, self.stride, self.dilation
        top, bottom = same_padding(x.shape[2], k[0], s[0], d[0])
        left, right = same_padding(x.shape[3], k[1], s[1], d[1])
        mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
        x = F.pad(x, [left, right, top, bottom], mode)
        return F.conv2d(x, self.weight, self.bias, s, 0, d, self.groups)


class SameConv3d(nn.Conv3d):
    """A convolution with TensorFlow's `same` padding, at any stride."""

    def forward(self, x: Tensor) -> Tensor:
        k, s, d = self.kernel_size, self.stride, self.dilation
        front, back = same_padding(x.shape[2], k[0], s[0], d[0])
        top, bottom = same_padding(x.shape[3], k[1], s[1], d[1])
        left, right = same_padding(x.shape[4], k[2], s[2], d[2])
        mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
        x = F.pad(x, [left, right, top, bottom, front, back], mode)
        return F.conv3d(x, self.weight, self.bias, s, 0, d, self.groups)


def single(value: int | tuple[int]) -> tuple[int]:
    """One number, as a tuple."""
    return (value,) if isinstance(value, int) else value


def pair(value: int | tuple[int, int]) -> tuple[int, int]:
    """One number for each of two axes."""
    return (value, value) if isinstance(value, int) else value


def triple(value: int | tuple[int, int, int]) -> tuple[int, int, int]:
    """One number for each of three axes."""
    return (value, value, value) if isinstance(value, int) else value


class SameMaxPool1d(nn.Module):
    """Max-pooling with TensorFlow's `same` padding."""

    def __init__(
        self,
        kernel_size: int | tuple[int],
        stride: int | tuple[int] | None = None,
        dilation: int | tuple[int] = 1,
    ) -> None:
        super().__init__()
        self.kernel_size = single(kernel_size)
        self.stride = self.kernel_size if stride is None else single(stride)
        self.dilation = single(dilation)

    def forward(self, x: Tensor) -> Tensor:
        k, s, d = self.kernel_size, self.stride, self.dilation
        left, right = same_padding(x.shape[2], k[0], s[0], d[0])
        x = F.pad(x, [left, right], value=-math.inf)
        return F.max_pool1d(x, k, s, 0, d)


class SameMaxPool2d(nn.Module):
    """Max-pooling with TensorFlow's `same` padding."""

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        dilation: int | tuple[int, int] = 1,
    ) -> None:
        super().__init__()
        self.kernel_size = pair(kernel_size)
        self.stride = self.kernel_size if stride is None else pair(stride)
        self.dilation = pair(dilation)

    def forward(self, x: Tensor) -> Tensor:
        k, s, d = self.kernel_size, self.stride, self.dilation
        top, bottom = same_padding(x.shape[2], k[0], s[0], d[0])
        left, right = same_padding(x.shape[3], k[1], s[1], d[1])
        x = F.pad(x, [left, right, top, bottom], value=-math.inf)
        return F.max_pool2d(x, k, s, 0, d)


class SameMaxPool3d(nn.Module):
    """Max-pooling with TensorFlow's `same` padding."""

    def __init__(
        self,
        kernel_size: int | tuple[int, int, int],
        stride: int | tuple[int, int, int] | None = None,
        dilation: int | tuple[int, int, int] = 1,
    ) -> None:
        super().__init__()
        self.kernel_size = triple(kernel_size)
        self.stride = self.kernel_size if stride is None else triple(stride)
        self.dilation = triple(dilation)

    def forward(self, x: Tensor) -> Tensor:
        k, s, d = self.kernel_size, self.stride, self.dilation
        front, back = same_padding(x.shape[2], k[0], s[0], d[0])
        top, bottom = same_padding(x.shape[3], k[1], s[1], d[1])
        left, right = same_padding(x.shape[4], k[2], s[2], d[2])
        x = F.pad(x, [left, right, top, bottom, front, back], value=-math.inf)
        return F.max_pool3d(x, k, s, 0, d)


class SameMinPool1d(nn.Module):
    """Min-pooling with TensorFlow's `same` padding."""

    def __init__(
        self,
        kernel_size: int | tuple[int],
        stride: int | tuple[int] | None = None,
        dilation: int | tuple[int] = 1,
    ) -> None:
        super().__init__()
        self.kernel_size = single(kernel_size)
        self.stride = self.kernel_size if stride is None else single(stride)
        self.dilation = single(dilation)

    def forward(self, x: Tensor) -> Tensor:
        k, s, d = self.kernel_size, self.stride, self.dilation
        left, right = same_padding(x.shape[2], k[0], s[0], d[0])
        x = F.pad(-x, [left, right], value=-math.inf)
        return -F.max_pool1d(x, k, s, 0, d)


class SameMinPool2d(nn.Module):
    """Min-pooling with TensorFlow's `same` padding."""

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        dilation: int | tuple[int, int] = 1,
    ) -> None:
        super().__init__()
        self.kernel_size = pair(kernel_size)
        self.stride = self.kernel_size if stride is None else pair(stride)
        self.dilation = pair(dilation)

    def forward(self, x: Tensor) -> Tensor:
        k, s, d = self.kernel_size, self.stride, self.dilation
        top, bottom = same_padding(x.shape[2], k[0], s[0], d[0])
        left, right = same_padding(x.shape[3], k[1], s[1], d[1])
        x = F.pad(-x, [left, right, top, bottom], value=-math.inf)
        return -F.max_pool2d(x, k, s, 0, d)


class SameMinPool3d(nn.Module):
    """Min-pooling with TensorFlow's `same` padding."""

    def __init__(
        self,
        kernel_size: int | tuple[int, int, int],
        stride: int | tuple[int, int, int] | None = None,
        dilation: int | tuple[int, int, int] = 1,
    ) -> None:
        super().__init__()
        self.kernel_size = triple(kernel_size)
        self.stride = self.kernel_size if stride is None else triple(stride)
        self.dilation = triple(dilation)

    def forward(self, x: Tensor) -> Tensor:
        k, s, d = self.kernel_size, self.stride, self.dilation
        front, back = same_padding(x.shape[2], k[0], s[0], d[0])
        top, bottom = same_padding(x.shape[3], k[1], s[1], d[1])
        left, right = same_padding(x.shape[4], k[2], s[2], d[2])
        x = F.pad(-x, [left, right, top, bottom, front, back], value=-math.inf)
        return -F.max_pool3d(x, k, s, 0, d)


class SameAvgPool1d(nn.Module):
    """Average pooling with TensorFlow's `same` padding, which the means leave out."""

    def __init__(
        self,
        kernel_size: int | tuple[int],
        stride: int | tuple[int] | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = single(kernel_size)
        self.stride = self.kernel_size if stride is None else single(stride)

    def forward(self, x: Tensor) -> Tensor:
        left, right = same_padding(x.shape[2], self.kernel_size[0], self.stride[0], 1)
        inside = F.pad(torch.ones_like(x), [left, right])
        x = F.pad(x, [left, right])
        share = F.avg_pool1d(inside, self.kernel_size, self.stride)
        return F.avg_pool1d(x, self.kernel_size, self.stride) / share


class SameAvgPool2d(nn.Module):
    """Average pooling with TensorFlow's `same` padding, which the means leave out."""

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = pair(kernel_size)
        self.stride = self.kernel_size if stride is None else pair(stride)

    def forward(self, x: Tensor) -> Tensor:
        top, bottom = same_padding(x.shape[2], self.kernel_size[0], self.stride[0], 1)
        left, right = same_padding(x.shape[3], self.kernel_size[1], self.stride[1], 1)
        inside = F.pad(torch.ones_like(x), [left, right, top, bottom])
        x = F.pad(x, [left, right, top, bottom])
        share = F.avg_pool2d(inside, self.kernel_size, self.stride)
        return F.avg_pool2d(x, self.kernel_size, self.stride) / share


class SameAvgPool3d(nn.Module):
    """Average pooling with TensorFlow's `same` padding, which the means leave out."""

    def __init__(
        self,
        kernel_size: int | tuple[int, int, int],
        stride: int | tuple[int, int, int] | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = triple(kernel_size)
        self.stride = self.kernel_size if stride is None else triple(stride)

    def forward(self, x: Tensor) -> Tensor:
        front, back = same_padding(x.shape[2], self.kernel_size[0], self.stride[0], 1)
        top, bottom = same_padding(x.shape[3], self.kernel_size[1], self.stride[1], 1)
        left, right = same_padding(x.shape[4], self.kernel_size[2], self.stride[2], 1)
        inside = F.pad(torch.ones_like(x), [left, right, top, bottom, front, back])
        x = F.pad(x, [left, right, top, bottom, front, back])
        share = F.avg_pool3d(inside, self.kernel_size, self.stride)
        return F.avg_pool3d(x, self.kernel_size, self.stride) / share


class MinPool1d(nn.MaxPool1d):
    """The smallest number in each window."""

    def forward(self, x: Tensor) -> Tensor:
        return -F.max_pool1d(
            -x,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
        )


class MinPool2d(nn.MaxPool2d):
    """The smallest number in each window."""

    def forward(self, x: Tensor) -> Tensor:
        return -F.max_pool2d(
            -x,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
        )


class MinPool3d(nn.MaxPool3d):
    """The smallest number in each window."""

    def forward(self, x: Tensor) -> Tensor:
        return -F.max_pool3d(
            -x,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
        )


class PadShortcut1d(nn.Module):
    """Every `stride`-th position, and zero channels appended."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int | tuple[int] = 1,
    ) -> None:
        super().__init__()
        self.extra_channels = out_channels - in_channels
        self.stride = single(stride)

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x[:, :, :: self.stride[0]], [0, 0, 0, self.extra_channels])


class PadShortcut2d(nn.Module):
    """Every `stride`-th position, and zero channels appended."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int | tuple[int, int] = 1,
    ) -> None:
        super().__init__()
        self.extra_channels = out_channels - in_channels
        self.stride = pair(stride)

    def forward(self, x: Tensor) -> Tensor:
        x = x[:, :, :: self.stride[0], :: self.stride[1]]
        return F.pad(x, [0, 0, 0, 0, 0, self.extra_channels])


class PadShortcut3d(nn.Module):
    """Every `stride`-th position, and zero channels appended."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int | tuple[int, int, int] = 1,
    ) -> None:
        super().__init__()
        self.extra_channels = out_channels - in_channels
        self.stride = triple(stride)

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(
            x[:, :, :: self.stride[0], :: self.stride[1], :: self.stride[2]],
            [0, 0, 0, 0, 0, 0, 0, self.extra_channels],
        )


class ChannelLayerNorm(nn.LayerNorm):
    """Layer normalisation over the channels at each position of a map."""

    def forward(self, x: Tensor) -> Tensor:
        x = x.movedim(1, -1)
        x = F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        return x.movedim(-1, 1)


class ChannelRMSNorm(nn.RMSNorm):
    """Root-mean-square normalisation over the channels at each position of a map."""

    def forward(self, x: Tensor) -> Tensor:
        x = x.movedim(1, -1)
        x = F.rms_norm(x, self.normalized_shape, self.weight, self.eps)
        return x.movedim(-1, 1)


def channel_factors(channels: int, axes: int = 2, value: float = 1.0) -> nn.Parameter:
    """A learned factor for each channel of a map of `axes` spatial axes."""
    return nn.Parameter(torch.full((channels, *[1] * axes), float(value)))


class Scale(nn.Module):
    """Each channel times a learned factor."""

    def __init__(self, channels: int, axes: int = 2, value: float = 1.0) -> None:
        super().__init__()
        self.weight = channel_factors(channels, axes, value)

    def forward(self, x: Tensor) -> Tensor:
        return self.weight * x


class Scaled(nn.Module):
    """The input times a constant."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return torch.mul(x, self.factor)


class Abs(nn.Module):
    """The absolute value of each number."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.abs(x)


class DropPath(nn.Module):
    """Stochastic depth: in training, each example is 0 with probability `p`, and scaled
    by `1 / (1 - p)` otherwise.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        rows = x.flatten(1)
        kept = F.dropout(torch.ones_like(rows[:, :1]), self.p)
        return (rows * kept).view_as(x)


class ChannelShuffle(nn.Module):
    """The channels of `groups` groups, taken in turn."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        x = torch.unflatten(x, 1, [self.groups, -1])
        return x.transpose(1, 2).flatten(1, 2)


class Permute(nn.Module):
    """The axes in another order."""

    def __init__(self, dims: tuple[int, ...]) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        return torch.permute(x, self.dims)


class Narrow(nn.Module):
    """`length` positions of axis `dim`, from `start` on."""

    def __init__(self, dim: int, start: int, length: int) -> None:
        super().__init__()
        self.dim = dim
        self.start = start
        self.length = length

    def forward(self, x: Tensor) -> Tensor:
        return torch.narrow(x, self.dim, self.start, self.length)
