"""Weights of a file → a model that has them.

In: a graph and the path of a `.safetensors`, `.pt`, `.pth` or `.bin` file. Out: the model, or a `WeightsError` that
lists every mismatch, or `CannotRun` where there is no such file.
Holds: no code of the file runs; a mismatch is found before a model is made; the model is the one that a fresh model
becomes by a strict `load_state_dict`, and shares no memory with the file, which may be changed or deleted afterwards.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from archspec.backends.torch.module import class_of
from archspec.backends.torch.postponed import initialisation_postponed
from archspec.backends.weights import Entry, WeightsError, compare, summary
from archspec.backends.weights import entries as entries_of_graph
from archspec.backends.wording import visible
from archspec.diagnostics import shortened
from archspec.files import CannotRun
from archspec.ir import Graph
from archspec.syntax import collector_paused

WRAPPERS: Final = ("state_dict", "model_state_dict", "model")
"""The keys under which training scripts save a `state_dict`, beside the epoch and the optimizer."""


def with_weights(graph: Graph, path: Path) -> nn.Module:
    """A model with the weights of a file, in training mode as any new model is.

    Raises:
        WeightsError: the file cannot be read, or does not hold exactly the network's entries.
        CannotRun: there is no such file, or it is of no known kind.
    """
    found = matching(graph, path)
    with collector_paused():
        return filled(class_of(graph), found)


def filled(
    model_class: type[nn.Module], found: Mapping[str, Tensor], *, keep_precision: bool = False
) -> nn.Module:
    """A model with the numbers of `found`, in the model's precision or in theirs. Nothing that they overwrite is
    initialised; a counter that the file lacks is as a new one. Unlike `load_state_dict`, which goes through the whole
    `state_dict` for each child, this takes time linear in the entries.
    """
    with initialisation_postponed() as postponed:
        model = model_class()
    state = model.state_dict(keep_vars=True)
    with torch.no_grad():
        if keep_precision:
            for key, entry in state.items():
                if key in found and entry.is_floating_point():
                    entry.data = entry.data.to(found[key].dtype)
        written = [entry.copy_(found[key]) for key, entry in state.items() if key in found]
    postponed.run(but=written)
    return model


def matching(graph: Graph, path: Path) -> dict[str, Tensor]:
    """The tensors of a file that fits the network, by key; raises as `with_weights` does."""
    found = read(path)
    mismatches = compare(entries_of_graph(graph), {key: _entry(tensor) for key, tensor in found.items()})
    if mismatches:
        name, network = _shown(path), visible(graph.name)
        raise WeightsError(f"{name} does not fit the network {network}: {summary(mismatches)}", mismatches)
    return found


def read(path: Path) -> dict[str, Tensor]:
    """The tensors of a file, by key. They may lie in the file itself, mapped into memory."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise CannotRun(f"cannot read weights from {_shown(path)}: it ends in none of {', '.join(_READERS)}")
    if not path.is_file():
        why = "it is not a regular file" if path.exists() else "there is no such file"
        raise CannotRun(f"cannot read weights from {_shown(path)}: {why}")
    return reader(path)


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    if find_spec("safetensors") is None:
        raise CannotRun("reading .safetensors needs a library: pip install 'archspec[safetensors]'")
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{_shown(path)} is no readable .safetensors file: {_first_line(error)}") from None


def _read_pickle(path: Path) -> dict[str, Tensor]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of deprecated storages in old files
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except Exception as error:  # the unpickler raises whatever a damaged file makes it stumble over
        raise WeightsError(f"{_shown(path)} is refused: {_refusal(error)}") from None
    return _state_dict(content, path)


_READERS: Final[Mapping[str, Callable[[Path], dict[str, Tensor]]]] = {
    ".safetensors": _read_safetensors,
    ".pt": _read_pickle,
    ".pth": _read_pickle,
    ".bin": _read_pickle,
}


def _refusal(error: Exception) -> str:
    """Why `torch.load` did not read a pickle."""
    named = re.search(r"GLOBAL ([\w.]+)", str(error))
    if named is not None:
        what = visible(shortened(named[1]))
        return f"it is a pickle that calls `{what}`, which can run any code; save `model.state_dict()` alone"
    if "weights_only" in str(error):
        return (
            "it holds more than tensors, and reading that can run any code; save `model.state_dict()` alone"
        )
    return f"it is no readable checkpoint of PyTorch ({_first_line(error)})"


def _state_dict(content: object, path: Path) -> dict[str, Tensor]:
    """The `state_dict` in what a file holds: the whole of it, or what lies under one of `WRAPPERS`."""
    if not isinstance(content, Mapping):
        raise WeightsError(f"{_shown(path)} holds a {type(content).__name__} and no `state_dict`")
    wrapped = [key for key in WRAPPERS if isinstance(content.get(key), Mapping)]
    if len(wrapped) > 1:
        raise WeightsError(f"{_shown(path)} holds several models: {', '.join(f'`{key}`' for key in wrapped)}")
    inner = content[wrapped[0]] if wrapped else content
    foreign = [
        key for key, value in inner.items() if not (isinstance(key, str) and isinstance(value, Tensor))
    ]
    if foreign:
        keys = ", ".join(f"`{visible(shortened(str(key)))}`" for key in foreign[:10])
        more = f" and {len(foreign) - 10} more" if len(foreign) > 10 else ""
        raise WeightsError(f"{_shown(path)} holds no `state_dict`: these are no tensors: {keys}{more}")
    return dict(inner)


def _entry(tensor: Tensor) -> Entry:
    dtype = str(tensor.dtype).removeprefix("torch.")
    if tensor.is_meta:
        dtype = f"{dtype} without numbers"
    elif tensor.layout is not torch.strided:
        dtype = f"{str(tensor.layout).removeprefix('torch.')} {dtype}"
    return Entry(tuple(tensor.shape), dtype)


def _shown(path: Path) -> str:
    return f"`{visible(shortened(str(path), 200))}`"


def _first_line(error: Exception) -> str:
    return visible(shortened(str(error).partition("\n")[0], 200)) or type(error).__name__
