"""Networks that are no image classifiers: skips across the network, signals, volumes, several outputs, several inputs.

Each is compared with a network written by hand, straight from the paper, that carries the same weights.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterable
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

import archspec


def transplanted(model: nn.Module, twin: nn.Module) -> nn.Module:
    """`twin` with the weights of `model`, whose shapes agree one by one, both ready to be compared."""
    mine, theirs = model.state_dict(), twin.state_dict()
    assert [value.shape for value in theirs.values()] == [value.shape for value in mine.values()]
    twin.load_state_dict(dict(zip(theirs, mine.values(), strict=True)))
    model.eval()
    return twin.eval()


def build(name: str, **params: archspec.ir.Constant) -> nn.Module:
    """The model with weights, and running statistics, that are not those of a fresh one."""
    torch.manual_seed(0)
    model = archspec.build(name, **params)
    for key, buffer in model.named_buffers():
        if key.endswith("running_var"):
            buffer.uniform_(0.5, 1.5)
        elif key.endswith("running_mean"):
            buffer.normal_(std=0.1)
    return model


def conv_bn_relu(
    layer: type[nn.Module], norm: type[nn.Module], *arguments: int, **keywords: object
) -> list[nn.Module]:
    return [layer(*arguments, bias=False, **keywords), norm(arguments[1]), nn.ReLU()]


class UNet(nn.Module):
    """Ronneberger et al. (2015), with or without padding; norms only with it."""

    def __init__(self, channels: int, classes: int, width: int, depth: int, *, padded: bool) -> None:
        super().__init__()
        self.padded = padded
        widths = [width * 2**level for level in range(depth + 1)]
        entering = [channels, *widths]
        self.down = nn.ModuleList(self.double(entering[k], widths[k]) for k in range(depth + 1))
        self.up = nn.ModuleList()
        for wide in reversed(widths[1:]):
            self.up.append(nn.ConvTranspose2d(wide, wide // 2, 2, stride=2))
            self.up.append(self.double(wide, wide // 2))
        self.last = nn.Conv2d(width, classes, 1)

    def double(self, entering: int, channels: int) -> nn.Sequential:
        layers: list[nn.Module] = []
        for width in (entering, channels):
            layers.append(nn.Conv2d(width, channels, 3, padding=int(self.padded), bias=not self.padded))
            if self.padded:
                layers.append(nn.BatchNorm2d(channels))
            layers.append(nn.ReLU())
        return nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        kept = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else F.max_pool2d(x, 2))
            kept.append(x)
        kept.pop()
        for up, block in zip(self.up[::2], self.up[1::2], strict=True):
            x, skip = up(x), kept.pop()
            margin = (skip.shape[2] - x.shape[2]) // 2
            cut = skip[:, :, margin : margin + x.shape[2], margin : margin + x.shape[3]]
            x = block(torch.cat([cut, x], 1))
        return self.last(x)


@pytest.mark.parametrize("size", [64, 96])
def test_unet(size: int) -> None:
    model = build("unet", size=size, width=8)
    twin = transplanted(model, UNet(3, 2, 8, 4, padded=True))
    x = torch.randn(2, 3, size, size)
    torch.testing.assert_close(model(x), twin(x))


def test_unet_without_padding() -> None:
    model = build("unet_2015", size=188, width=4)
    twin = transplanted(model, UNet(1, 2, 4, 4, padded=False))
    x = torch.randn(1, 1, 188, 188)
    assert twin(x).shape == (1, 2, 4, 4)
    torch.testing.assert_close(model(x), twin(x))


def test_unet_2015_is_that_of_the_paper() -> None:
    """Figure 1: 572 → 388, and the sizes on the way."""
    network = archspec.compile("unet_2015")
    assert network.output == (2, 388, 388)
    shapes = {row.path: row.output for row in network.summary().tree}
    assert [shapes[f"enc{level}"] for level in range(4)] == [
        (64, 568, 568), (128, 280, 280), (256, 136, 136), (512, 64, 64),
    ]  # fmt: skip
    assert shapes["bottom"] == (1024, 28, 28)
    assert [shapes[f"dec{level}"][1] for level in range(4)] == [388, 196, 100, 52]


class Unit1d(nn.Module):
    """Wang et al. (2016): kernels 8, 5, 3, padded as Keras pads, one more behind than before."""

    def __init__(self, entering: int, channels: int) -> None:
        super().__init__()
        widths = [entering, channels, channels]
        self.convs = nn.ModuleList()
        for width, kernel in zip(widths, (8, 5, 3), strict=True):
            self.convs.append(nn.Conv1d(width, channels, kernel))
            self.convs.append(nn.BatchNorm1d(channels))
        skip: list[nn.Module] = [] if entering == channels else [nn.Conv1d(entering, channels, 1)]
        self.skip = nn.Sequential(*skip, nn.BatchNorm1d(channels))

    def forward(self, x: Tensor) -> Tensor:
        out = x
        for conv, norm in zip(self.convs[::2], self.convs[1::2], strict=True):
            total = conv.kernel_size[0] - 1
            padded = F.pad(out, (total // 2, total - total // 2))
            out = norm(conv(padded))
            out = F.relu(out) if norm is not self.convs[-1] else out
        return F.relu(out + self.skip(x))


class ResNet1d(nn.Module):
    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.blocks = nn.Sequential(Unit1d(channels, 64), Unit1d(64, 128), Unit1d(128, 128))
        self.fc = nn.Linear(128, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.blocks(x).mean(2))


@pytest.mark.parametrize(("name", "channels", "classes"), [("resnet_1d", 1, 10), ("resnet_1d_ecg", 12, 5)])
def test_resnet_1d(name: str, channels: int, classes: int) -> None:
    model = build(name)
    twin = transplanted(model, ResNet1d(channels, classes))
    x = torch.randn(2, channels, 100)
    torch.testing.assert_close(model(x), twin(x))


class Basic3d(nn.Module):
    """Two 3×3×3 convolutions and a skip."""

    def __init__(self, entering: int, channels: int, stride: int) -> None:
        super().__init__()
        conv1 = conv_bn_relu(nn.Conv3d, nn.BatchNorm3d, entering, channels, 3, stride=stride, padding=1)
        conv2 = conv_bn_relu(nn.Conv3d, nn.BatchNorm3d, channels, channels, 3, padding=1)
        self.main = nn.Sequential(*conv1, *conv2[:2])
        self.skip = nn.Sequential()
        if entering != channels:
            self.skip = nn.Sequential(
                *conv_bn_relu(nn.Conv3d, nn.BatchNorm3d, entering, channels, 1, stride=stride)[:2]
            )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.main(x) + self.skip(x))


class R3d(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv3d(3, 64, (3, 7, 7), stride=(1, 2, 2), padding=(1, 3, 3), bias=False),
            nn.BatchNorm3d(64),
            nn.ReLU(),
        )
        widths = [64, 64, 64, 128, 128, 256, 256, 512, 512]
        self.blocks = nn.Sequential(
            *(Basic3d(before, after, 2 if before != after else 1) for before, after in pairwise(widths))
        )
        self.fc = nn.Linear(512, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.blocks(self.stem(x)).mean((2, 3, 4)))


def test_r3d() -> None:
    model = build("r3d_18", classes=7)
    twin = transplanted(model, R3d(7))
    x = torch.randn(2, 3, 4, 32, 32)
    torch.testing.assert_close(model(x), twin(x), rtol=1e-4, atol=1e-4)


def test_the_keys_of_video_networks_are_torchvisions() -> None:
    keys = list(archspec.build("r2plus1d_18").state_dict())
    assert keys[0] == "stem.0.weight"
    assert "layer1.0.conv1.0.3.weight" in keys
    assert "layer2.0.downsample.0.weight" in keys
    assert keys[-1] == "fc.bias"


class Pyramid(nn.Module):
    """Lin et al. (2016) on the four maps of a backbone, in the order of the spec's layers."""

    def __init__(self, widths: Iterable[int]) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(width, 256, 1) for width in widths)
        self.smooth = nn.ModuleList(nn.Conv2d(256, 256, 3, padding=1) for _ in range(4))

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        top = self.lateral[0](maps[3])
        merged = [top]
        for lateral, lower in zip(self.lateral[1:], reversed(maps[:3]), strict=True):
            top = lateral(lower) + F.interpolate(top, scale_factor=2, mode="nearest")
            merged.append(top)
        return [smooth(level) for smooth, level in zip(self.smooth, reversed(merged), strict=True)]


def test_fpn() -> None:
    model = build("fpn_resnet50", depths=(1, 1, 1, 1)).eval()
    trunk = build("resnet50", depths=(1, 1, 1, 1)).eval()
    pyramid = Pyramid((2048, 1024, 512, 256)).eval()
    mine = list(model.state_dict().values())
    trunk_keys = [key for key in trunk.state_dict() if not key.startswith("fc.")]
    keys = [*trunk_keys, *(f"pyramid.{key}" for key in pyramid.state_dict())]
    weights = dict(zip(keys, mine, strict=True))
    trunk.load_state_dict({key: weights[key] for key in trunk_keys}, strict=False)
    pyramid.load_state_dict({key: weights[f"pyramid.{key}"] for key in pyramid.state_dict()})
    x = torch.randn(2, 3, 64, 64)
    maps = [trunk.maxpool(trunk.relu(trunk.bn1(trunk.conv1(x))))]
    for stage in (trunk.layer1, trunk.layer2, trunk.layer3, trunk.layer4):
        maps.append(stage(maps[-1]))
    expected = pyramid(maps[1:])
    output = model(x)
    assert output._fields == ("p2", "p3", "p4", "p5")
    for name, value in zip(output._fields, expected, strict=True):
        torch.testing.assert_close(getattr(output, name), value)


def test_fpn_is_resnet_and_a_pyramid() -> None:
    """A ResNet without its classifier, four 1×1 and four 3×3 convolutions with biases."""
    laterals = (256 + 512 + 1024 + 2048) * 256 + 4 * 256
    smoothing = 4 * (9 * 256 * 256 + 256)
    classifier = 2048 * 1000 + 1000
    for depth in ("50", "101"):
        trunk = archspec.compile(f"resnet{depth}").params - classifier
        assert archspec.compile(f"fpn_resnet{depth}").params == trunk + laterals + smoothing


class Siamese(nn.Module):
    """Koch et al. (2015)."""

    def __init__(self) -> None:
        super().__init__()
        self.tower = nn.Sequential(
            nn.Conv2d(1, 64, 10), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(64, 128, 7), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(128, 128, 4), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(128, 256, 4), nn.ReLU(), nn.Flatten(), nn.Linear(9216, 4096), nn.Sigmoid(),
        )  # fmt: skip
        self.fc = nn.Linear(4096, 1)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return torch.sigmoid(self.fc((self.tower(left) - self.tower(right)).abs()))


def test_siamese() -> None:
    model = build("siamese")
    twin = transplanted(model, Siamese())
    left, right = torch.randn(2, 1, 105, 105), torch.randn(2, 1, 105, 105)
    with torch.no_grad():
        torch.testing.assert_close(model(left=left, right=right), twin(left, right))
        torch.testing.assert_close(model(left, right), model(right, left))
        assert (model(left, left) == torch.sigmoid(twin.fc.bias)).all()


PUBLISHED = {
    # the segmentation network of Buda et al. (2019), and the common PyTorch port on RGB images
    "unet_small": 7_763_041,
    "unet": 31_037_698,
    # torchvision, Kinetics-400
    "r3d_18": 33_371_472,
    "mc3_18": 11_695_440,
    "r2plus1d_18": 31_505_325,
    # Koch et al. (2015), as Keras counts their network
    "siamese": 38_951_745,
    # classifiers that were written down from their papers, with the language reference beside them
    "xception": 22_855_952,
    "inception_v4": 42_679_816,
    "inception_resnet_v2": 55_843_464,
    "dpn68": 12_611_602,
    "skresnext50_32x4d": 27_479_784,
    "cspdarknet53": 27_642_184,
    "hrnet_w18": 21_299_004,
    "hrnet_w32": 41_232_680,
    "hrnet_w48": 77_469_864,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters(name: str) -> None:
    assert archspec.compile(name).params == PUBLISHED[name]


MILLIONS = {"res2net50_26w_4s": 25.70, "ese_vovnet39b": 24.57, "repvgg_a0": 9.11, "repvgg_a2": 28.21}


@pytest.mark.parametrize("name", MILLIONS)
def test_millions_of_parameters(name: str) -> None:
    assert round(archspec.compile(name).params / 1e6, 2) == MILLIONS[name]


@pytest.mark.parametrize(
    ("name", "gigamacs"), [("r3d_18", 40.697), ("mc3_18", 43.343), ("r2plus1d_18", 40.519)]
)
def test_macs_of_video_networks(name: str, gigamacs: float) -> None:
    assert round(archspec.compile(name).macs / 1e9, 3) == gigamacs


def ends(name: str) -> tuple[nn.Module, tuple[Tensor, ...]]:
    """A small network with several inputs or outputs, and what it runs on."""
    if name == "siamese":
        return build(name).eval(), (torch.randn(2, 1, 105, 105), torch.randn(2, 1, 105, 105))
    return build(name, depths=(1, 1, 1, 1), channels=16).eval(), (torch.randn(2, 3, 64, 64),)


def outputs_of(output: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (output,) if isinstance(output, Tensor) else tuple(output)


@pytest.mark.parametrize("name", ["siamese", "fpn_resnet50"])
def test_several_ends_survive_what_people_do_to_models(name: str) -> None:
    model, inputs = ends(name)
    with torch.no_grad():
        expected = outputs_of(model(*inputs))
        for other in (
            copy.deepcopy(model),
            pickle.loads(pickle.dumps(model)),
            fx.symbolic_trace(model),
            torch.jit.script(model),
        ):
            torch.testing.assert_close(outputs_of(other(*inputs)), expected)
        batch = tuple({0: torch.export.Dim.DYNAMIC} for _ in inputs)
        exported = torch.export.export(model, inputs, dynamic_shapes=batch).module()
        larger = tuple(torch.cat([x, x, x]) for x in inputs)
        torch.testing.assert_close(outputs_of(exported(*larger)), outputs_of(model(*larger)))


@pytest.mark.parametrize("name", ["siamese", "fpn_resnet50"])
def test_several_ends_train(name: str) -> None:
    model, inputs = ends(name)
    model.train()
    torch.stack([out.square().mean() for out in outputs_of(model(*inputs))]).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize(
    "name", ["unet_2015", "resnet_1d", "r2plus1d_18", "fpn_resnet50", "siamese", "hrnet_w18"]
)
def test_pictures(name: str) -> None:
    assert archspec.compile(name).draw("svg").startswith(b"<?xml")
