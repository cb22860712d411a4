"""What people hand a model to: each taker's result for a model and its inputs."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import torch
from torch import Tensor, nn

Output = Tensor | tuple[Tensor, ...]


def _exported(model: nn.Module, inputs: tuple[Tensor, ...]) -> Output:
    """What the export gives for a batch larger by one, which must not be the one that it was made with."""
    batch = {0: torch.export.Dim("batch", min=1, max=64)}
    exported = torch.export.export(model, inputs, dynamic_shapes=tuple(batch for _ in inputs)).module()
    found: Output = exported(*(torch.cat([value, value[:1]]) for value in inputs))
    return found


TAKERS: dict[str, Callable[[nn.Module, tuple[Tensor, ...]], Output]] = {
    "jit.script": lambda model, inputs: torch.jit.script(model)(*inputs),
    "jit.trace": lambda model, inputs: torch.jit.trace(model, inputs)(*inputs),
    "fx": lambda model, inputs: torch.fx.symbolic_trace(model)(*inputs),
    "export": _exported,
    "compile": lambda model, inputs: torch.compile(model, backend="aot_eager", fullgraph=True)(*inputs),
    "deepcopy": lambda model, inputs: copy.deepcopy(model)(*inputs),
    "pickle": lambda model, inputs: pickle.loads(pickle.dumps(model))(*inputs),
}
