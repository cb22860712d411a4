"""`Tensor.normal_`, a block at a time.

    with NormalInBlocks():
        model = Network()             # the same numbers, sooner

On a CPU `normal_` goes over a tensor twice: it fills it with uniform numbers, and makes normal ones of these. A large
weight leaves the processor's cache in between and has to be fetched again; a block does not.

In: what a constructor does under the context manager. Out: nothing.

Holds: the numbers and the generator's state are those of the one call, to the bit. That blocks give them is PyTorch's
own affair, so it is tried out once for each dtype, and where they do not, the call is left alone; so are small tensors,
those that do not lie in one piece, other devices and other threads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

BLOCK: Final = 2**15
"""Numbers: 128 KiB in single precision, which a second-level cache holds."""

NORMAL: Final = (Tensor.normal_, nn.init.normal_)
"""PyTorch asks for the second by itself: it calls the tensor `tensor`."""


class NormalInBlocks(TorchFunctionMode):
    """While this is open, calls of `normal_` in this thread are made in blocks."""

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: object,
        arguments: tuple[Any, ...] = (),
        keywords: Mapping[str, Any] | None = None,
    ) -> Any:
        named = dict(keywords or {})
        if function not in NORMAL:
            return function(*arguments, **named)
        tensor, *others = arguments or (named.pop("tensor"),)
        if not _is_large(tensor):
            return function(tensor, *others, **named)
        return _in_blocks(function, tensor, *others, **named)


def _is_large(tensor: Tensor) -> bool:
    return (
        type(tensor) in (Tensor, nn.Parameter)
        and tensor.device.type == "cpu"
        and tensor.numel() >= 2 * BLOCK
        and tensor.is_contiguous()
        and _blocks_give_the_same(tensor.dtype)
    )


@cache
def _blocks_give_the_same(dtype: torch.dtype) -> bool:
    """Whether a tensor of several blocks gets the same numbers either way, and the next one too."""
    whole, parts = (torch.empty(3 * BLOCK - 7, dtype=dtype, device="cpu") for _ in range(2))
    one, other = (torch.Generator("cpu").manual_seed(0) for _ in range(2))
    whole.normal_(generator=one)
    _in_blocks(Tensor.normal_, parts, generator=other)
    return torch.equal(whole, parts) and torch.equal(one.get_state(), other.get_state())


def _in_blocks(normal: Callable[..., Any], tensor: Tensor, *arguments: Any, **keywords: Any) -> Tensor:
    """The last block takes what is left, so that none is shorter than `BLOCK`."""
    flat = tensor.view(-1)
    last = (len(flat) // BLOCK - 1) * BLOCK
    for start in range(0, last, BLOCK):
        normal(flat[start : start + BLOCK], *arguments, **keywords)
    normal(flat[last:], *arguments, **keywords)
    return tensor
