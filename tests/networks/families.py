"""One small network of every shipped family, for tests that would take too long on all of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import torch
from torch import Tensor, nn

import archspec
from archspec.compiler import Network
from archspec.ir import Constant


@dataclass(frozen=True)
class Member:
    """A shipped network, with parameters that make it small, and an input on which it is quick."""

    name: str
    shape: tuple[int, ...]
    params: dict[str, Constant] = field(default_factory=dict)
    is_slow: bool = False
    """It takes seconds to make and to run, and a quicker member is written in much the same way."""

    def compile(self) -> Network:
        return archspec.compile(self.name, **self.params)

    def build(self) -> nn.Module:
        """The model after `torch.manual_seed(0)`."""
        torch.manual_seed(0)
        return self.compile().module()

    def batch(self, size: int = 2) -> Tensor:
        return torch.randn((size, *self.shape), generator=torch.Generator().manual_seed(1))


FAMILIES = (
    Member("alexnet", (3, 64, 64), {"classes": 10}),
    Member("alexnet_2012", (3, 227, 227), {"classes": 10}, is_slow=True),
    Member("cnn", (3, 256, 256)),
    Member("cnn_minpool", (3, 256, 256)),
    Member("cnn_layer_norm", (3, 256, 256)),
    Member("cnn_1d", (1, 1024)),
    Member("cnn_3d", (1, 32, 32, 32)),
    Member("convnext_tiny", (3, 64, 64), {"depths": (1, 1, 2, 1)}),
    Member("densenet121", (3, 64, 64), {"depths": (2, 2, 2, 2), "dropout": 0.1}),
    Member("efficientnet_b0", (3, 64, 64), {"layers": (1, 2, 1, 1, 1, 1, 1), "classes": 10}, is_slow=True),
    Member(
        "efficientnet_v2_s",
        (3, 64, 64),
        {
            "stages": (
                (1, "FusedMBConv", 1, 1, 24, 2),
                (2, "FusedMBConv", 4, 2, 48, 2),
                (3, "MBConv", 4, 2, 64, 2),
            )
        },
    ),
    Member("googlenet", (3, 64, 64), {"classes": 10}),
    Member("googlenet_2014", (3, 224, 224), {"classes": 10}, is_slow=True),
    Member("head_fc", (1024, 7, 7)),
    Member("inception_module", (192, 28, 28)),
    Member("inception_module_naive", (192, 28, 28)),
    Member("inception_v3", (3, 299, 299), {"classes": 10}, is_slow=True),
    Member("lenet5", (1, 32, 32)),
    Member("lenet_1998", (1, 32, 32)),
    Member("mnasnet0_5", (3, 64, 64)),
    Member("mobilenet_v1_025", (3, 64, 64)),
    Member("mobilenet_v2", (3, 64, 64), is_slow=True),
    Member("mobilenet_v3_small", (3, 64, 64), {"classes": 10}),
    Member("preact_resnet164", (3, 32, 32), {"copies": 2}),
    Member("regnet_x_400mf", (3, 64, 64), is_slow=True),
    Member("regnet_y_400mf", (3, 64, 64)),
    Member("residual_regressor", (1, 64, 64)),
    Member("resnet18", (3, 64, 64)),
    Member("resnext50_32x4d", (3, 64, 64), {"depths": (1, 2, 1, 1)}),
    Member("plain34", (3, 64, 64), {"depths": (1, 1, 1, 1)}),
    Member("resnet20", (3, 32, 32)),
    Member("resnet18_cifar", (3, 32, 32)),
    Member("resnet50_cifar", (3, 32, 32), {"depths": (1, 2, 1, 1)}),
    Member("resnet50_keras", (3, 64, 64), is_slow=True),
    Member("se_resnet50", (3, 64, 64), {"depths": (1, 2, 1, 1)}),
    Member("shufflenet_v2_x0_5", (3, 64, 64)),
    Member("squeezenet1_1", (3, 64, 64)),
    Member("vgg11_bn", (3, 64, 64), {"depths": (1, 1, 1, 1, 1), "classes": 10}),
    Member("cspdarknet53", (3, 64, 64), {"depths": (1, 1, 2, 1, 1), "classes": 10}),
    Member("dpn68", (3, 64, 64), {"depths": (1, 2, 1, 1), "classes": 10}),
    Member("ese_vovnet39b", (3, 64, 64), {"classes": 10}),
    Member("hrnet_w18", (3, 64, 64), {"width": 8, "copies": 1, "classes": 10}),
    Member("inception_resnet_v2", (3, 96, 96), {"depths": (1, 1, 2), "classes": 10}, is_slow=True),
    Member("inception_v4", (3, 96, 96), {"depths": (1, 1, 1), "classes": 10}, is_slow=True),
    Member("mc3_18", (3, 8, 32, 32), {"classes": 10}),
    Member("r2plus1d_18", (3, 8, 32, 32), {"classes": 10}),
    Member("repvgg_a0", (3, 64, 64), {"depths": (1, 2, 2, 1), "classes": 10}),
    Member("res2net50_26w_4s", (3, 64, 64), {"depths": (1, 2, 1, 1), "classes": 10}),
    Member("resnet_1d", (1, 128)),
    Member("skresnext50_32x4d", (3, 64, 64), {"depths": (1, 2, 1, 1), "classes": 10}),
    Member("unet", (3, 64, 64), {"size": 64, "width": 8}),
    Member("unet_2015", (1, 92, 92), {"size": 92, "width": 8, "depth": 2}),
    Member("xception", (3, 96, 96), {"copies": 1, "classes": 10}),
    Member("two_3x3", (1, 32, 32)),
)

EACH = tuple(
    pytest.param(member, id=member.name, marks=pytest.mark.slow if member.is_slow else ())
    for member in FAMILIES
)
"""The members as parameters of a test."""

SEVERAL_ENDS = ("fpn.yaml", "siamese.yaml")
"""The files of networks with several inputs or outputs, which have tests of their own."""
