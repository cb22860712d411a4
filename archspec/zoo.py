"""The shipped networks as functions: `from archspec.zoo import resnet50; model = resnet50(classes=10)`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from archspec.targets import find_shipped, shipped_networks

if TYPE_CHECKING:
    from torch import nn

    from archspec.given import Setting


def __getattr__(name: str) -> Callable[..., nn.Module]:
    if name.startswith("_") or find_shipped(name) is None:
        raise AttributeError(f"archspec ships no network called {name!r}")

    def model(*, weights: str | os.PathLike[str] | None = None, **params: Setting) -> nn.Module:
        from archspec.compiler import compile

        return compile(name, limits=None, **params).module(weights=weights)

    model.__name__ = model.__qualname__ = name
    model.__doc__ = (
        f"The network `{name}`, with fresh weights or those of a file; keyword arguments set its parameters."
    )
    return model


def __dir__() -> list[str]:
    return [network.name for network in shipped_networks()]
