"""What the layers of shipped networks see, as PyTorch's gradients show it: no field is too small, none is too large.

Of every file of networks at least one is looked at. The weights are positive, the maximum pools are means and no
activation is cut off above, so that nothing is hidden; what the convention does not count (the gates of
squeeze-and-excite, the statistics of norms) is cut.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from test_receptive_field import every_field
from torch import Tensor, nn
from torch.nn import functional as F

import archspec
from archspec.passes.receptive_field import Field
from archspec.targets import shipped_networks

QUICK = (
    "cnn_group_norm",
    "inception_branch",
    "inception_module",
    "lenet",
    "lenet5",
    "lenet_1998",
    "mobilenet_v1_025",
    "mobilenet_v2",
    "preact_resnet164",
    "residual_regressor",
    "resnet18_cifar",
    "resnet20",
    "shufflenet_v2_x0_5",
    "siamese",
    "three_3x3",
)
SLOW = (
    "unet_small",
    "convnext_tiny",
    "alexnet",
    "alexnet_2012",
    "cspdarknet53",
    "densenet121",
    "dpn68",
    "efficientnet_b0",
    "efficientnet_v2_s",
    "fpn_resnet50",
    "googlenet",
    "googlenet_2014",
    "hrnet_w18",
    "inception_resnet_v2",
    "inception_v3",
    "inception_v4",
    "mnasnet0_5",
    "mobilenet_v3_small",
    "regnet_y_400mf",
    "repvgg_a0",
    "res2net50_26w_4s",
    "resnet18",
    "resnet50_keras",
    "resnet_1d",
    "r2plus1d_18",
    "se_resnet50",
    "skresnext50_32x4d",
    "squeezenet1_1",
    "ese_vovnet39b",
    "vgg11",
    "xception",
)
LOOKED_AT = 6
"""How many maps of a network, evenly spread; a gradient of each is taken."""


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Several wait for each other longer than they compute, where other tests run beside this one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class SameMean(nn.Module):
    """What a `SameMaxPool2d` of an emitted file looks at, as a mean of it."""

    def __init__(self, kernel: tuple[int, int], stride: tuple[int, int]) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, x: Tensor) -> Tensor:
        for axis, (kernel, stride) in enumerate(zip(self.kernel, self.stride, strict=True), start=2):
            size = x.shape[axis]
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            border = (total // 2, total - total // 2)
            x = F.pad(x, [*border, 0, 0] if axis == 3 else [0, 0, *border])
        return F.avg_pool2d(x, self.kernel, self.stride)


def prepared(name: str) -> nn.Module:
    model = archspec.build(name).double().eval()
    for module in list(model.modules()):
        for key, child in module.named_children():
            if isinstance(child, nn.MaxPool2d):
                mean = nn.AvgPool2d(child.kernel_size, child.stride, child.padding, child.ceil_mode)
                setattr(module, key, mean)
            elif type(child).__name__ == "SameMaxPool2d":
                setattr(module, key, SameMean(child.kernel_size, child.stride))
            elif isinstance(child, nn.GroupNorm | nn.InstanceNorm2d | nn.ReLU6):
                setattr(module, key, nn.Identity())
            elif isinstance(child, nn.AdaptiveAvgPool2d) and child.output_size == 1:
                child.register_forward_hook(lambda *call: call[-1].detach())
    for parameter in model.parameters():
        fan_in = max(1, parameter[0].numel()) if parameter.dim() > 1 else 1
        nn.init.uniform_(parameter, 0.5 / fan_in, 1.5 / fan_in)
    return model


def maps_of(model: nn.Module, network: archspec.Network) -> list[tuple[str, Field, torch.Tensor]]:
    """Of each layer that makes a map: its path, its field, what it made."""
    fields = {path: field for path, _, field in every_field(network) if field.axes}
    rank = len(network.graph.root.inputs[0]) + 1
    made: list[tuple[str, Field, torch.Tensor]] = []

    def keep(path: str) -> None:
        def hook(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
            places = fields[path].places
            if output.dim() == rank and places == tuple(range(1, rank - 1)) and output.requires_grad:
                made.append((path, fields[path], output))

        model.get_submodule(path).register_forward_hook(hook)

    for path, _ in model.named_modules():
        if path in fields:
            keep(path)
    return made


def compare(name: str) -> int:
    """Compares the position in the middle of some maps; gives how many of them lie inside the input."""
    network = archspec.compile(name)
    torch.manual_seed(0)
    model = prepared(name)
    made = maps_of(model, network)
    shapes = network.graph.root.inputs
    assert len(set(shapes)) == 1
    starts = [torch.rand((1, *shape), dtype=torch.float64, requires_grad=True) for shape in shapes]
    model(*starts)
    inside = 0
    for path, field, output in made[:: -(-len(made) // LOOKED_AT)] + made[-1:]:
        middle = tuple(size // 2 for size in output.shape[2:])
        values = output[(0, slice(None), *middle)]
        gradients = torch.autograd.grad(
            values @ torch.rand_like(values), starts, retain_graph=True, allow_unused=True
        )
        seen_of = [each[0].abs().sum(0) for each in gradients if each is not None]
        dependent = torch.stack(seen_of).sum(0).nonzero()
        lengths = shapes[0][1:]
        for axis, (window, at, length) in enumerate(zip(field.axes, middle, lengths, strict=True)):
            seen = (int(dependent[:, axis].min()), int(dependent[:, axis].max()))
            said = (0, length - 1) if window.size == 0 else window.at(at)
            assert said is not None, path
            assert said[0] <= seen[0], (path, window, seen)
            assert seen[1] <= said[1], (path, window, seen)
            if said[0] >= 0 and said[1] < length and window.is_exact:
                inside += 1
                assert seen == said, (path, window)
    return inside


def test_every_family_is_looked_at() -> None:
    """But for heads without a map."""
    families = {network.file for network in shipped_networks()}
    looked_at = {network.file for network in shipped_networks() if network.name in (*QUICK, *SLOW)}
    assert families - looked_at == {"heads.yaml"}


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
def test_gradients_of_shipped_networks_agree(name: str) -> None:
    assert compare(name) > 0
