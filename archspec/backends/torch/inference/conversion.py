"""How the weights of an inference build come from the trained ones.

In: these definitions. Out: `rules.py` copies those that a network needs into its file, word for word but for
`Network`, which becomes the network's class, and `convert_sums`, which becomes `convert`.

`convert` knows norms behind layers. `convert_sums` knows all there is: scales and constant factors as well, transposed
convolutions, and sums of branches.
Holds: nothing but `re`, `torch`, `F`, `nn`, `Tensor`, `Mapping` and the tables is used; numbers are computed in double
precision and rounded once; finding the row of a layer takes no longer in a long table. A `state_dict` with other keys
than the trained network's is refused; only a counter of batches may be absent, and what was folded may have no bias and
no factors.
"""

import re
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Network = nn.Identity
FOLDED: dict[str, tuple[str, ...]] = {}
DROPPED: tuple[str, ...] = ()
Part = str | float | tuple[str, float, bool]
SUMS: dict[str, tuple[tuple[Part, ...], ...]] = {}
EPS = 1e-5


def convert(trained: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The `state_dict` of this network, made of that of the trained one."""
    with torch.device("meta"):
        network = Network()
    starred = by_form(FOLDED)
    modules = owners(network)
    sources = {path: trained_names(path, starred) for path in modules}
    needed: set[str] = set()
    folded: set[str] = set()
    for path, (layer, *norms) in sources.items():
        if norms:
            folded.update((layer, *norms))
            needed.add(f"{layer}.weight")
            for norm in norms:
                needed.update((f"{norm}.running_mean", f"{norm}.running_var"))
        else:
            needed.update(own_keys(modules[path], layer))
    check_keys(trained, needed, folded)
    converted: dict[str, Tensor] = {}
    for path, (layer, *norms) in sources.items():
        if norms:
            converted.update(fold(trained, path, layer, norms))
        else:
            converted.update(entries(trained, path, layer, modules[path]))
    return converted


def trained_names(path: str, starred: Mapping[str, list[str]]) -> tuple[str, ...]:
    """The trained layer that a layer here is, and the norms behind it."""
    pattern, numbers = match(path, FOLDED, starred)
    return tuple(fill(name, numbers) for name in FOLDED.get(pattern, (path,)))


def fold(
    trained: Mapping[str, Tensor],
    path: str,
    layer: str,
    norms: list[str],
) -> dict[str, Tensor]:
    """A layer and the batch norms behind it as one layer."""
    dtype = trained[f"{layer}.weight"].dtype
    weight = trained[f"{layer}.weight"].double()
    bias = trained.get(f"{layer}.bias", torch.zeros(len(weight))).double()
    for norm in norms:
        factor, summand = batch_norm(trained, norm, EPS)
        weight = weight * factor.reshape(-1, *[1] * (weight.dim() - 1))
        bias = bias * factor + summand
    return {f"{path}.weight": weight.to(dtype), f"{path}.bias": bias.to(dtype)}


def convert_sums(trained: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The `state_dict` of this network, made of that of the trained one."""
    with torch.device("meta"):
        network = Network()
    starred = by_form(SUMS)
    modules = owners(network)
    sources = {path: trained_branches(path, starred) for path in modules}
    needed: set[str] = set()
    folded: set[str] = set()
    for path, branches in sources.items():
        layer, *behind = branches[0]
        if isinstance(layer, str) and not behind and len(branches) == 1:
            needed.update(own_keys(modules[path], layer))
        else:
            for branch in branches:
                needed.update(branch_keys(trained, branch))
                folded.update(part for part in branch if isinstance(part, str))
                folded.update(part[0] for part in branch if isinstance(part, tuple))
    check_keys(trained, needed, folded)
    converted: dict[str, Tensor] = {}
    for path, branches in sources.items():
        layer, *behind = branches[0]
        if isinstance(layer, str) and not behind and len(branches) == 1:
            converted.update(entries(trained, path, layer, modules[path]))
        else:
            converted.update(add_up(trained, path, modules[path], branches))
    return converted


def branch_keys(trained: Mapping[str, Tensor], branch: tuple[Part, ...]) -> set[str]:
    """The keys that a branch cannot do without."""
    layer, *behind = branch
    keys = {f"{layer}.weight"} if layer else set()
    for part in behind:
        if isinstance(part, float):
            continue
        name = part if isinstance(part, str) else part[0]
        statistics = {f"{name}.running_mean", f"{name}.running_var"}
        if isinstance(part, tuple) or not statistics.isdisjoint(trained):
            keys |= statistics
        else:
            keys.add(name if name in trained else f"{name}.weight")
    return keys


def trained_branches(
    path: str,
    starred: Mapping[str, list[str]],
) -> list[tuple[Part, ...]]:
    """What a layer here is the sum of: in each branch a trained layer, "" for the input
    itself, and what stands behind it: a norm, a learned scale, or a number. A norm may
    come with its eps, and with whether its summand counts: it does once in a sum.
    """
    pattern, numbers = match(path, SUMS, starred)
    return [fill_branch(branch, numbers) for branch in SUMS.get(pattern, ((path,),))]


def fill_branch(branch: tuple[Part, ...], numbers: tuple[str, ...]) -> tuple[Part, ...]:
    """The branch with the numbers in place of its stars."""
    filled: list[Part] = []
    for part in branch:
        if isinstance(part, tuple):
            filled.append((fill(part[0], numbers), *part[1:]))
        else:
            filled.append(fill(part, numbers) if isinstance(part, str) else part)
    return tuple(filled)


def add_up(
    trained: Mapping[str, Tensor],
    path: str,
    module: nn.Module,
    branches: list[tuple[Part, ...]],
) -> dict[str, Tensor]:
    """Layers side by side, each with what stands behind it, as one layer."""
    blank = module.get_parameter("weight")
    transposed = getattr(module, "transposed", False)
    weights = []
    biases = []
    for layer, *behind in branches:
        if layer == "":
            weight = unit_kernel(blank)
            bias = torch.zeros(len(blank), dtype=torch.float64)
        else:
            weight = trained[f"{layer}.weight"].double()
            bias = trained.get(f"{layer}.bias", torch.zeros(())).double()
        for part in behind:
            factor, summand = effect(trained, part)
            weight = scale_outputs(weight, factor, transposed)
            bias = bias * factor + summand
        weights.append(grow(weight, blank))
        biases.append(bias)
    dtype = next(entry.dtype for entry in trained.values() if entry.is_floating_point())
    converted = {f"{path}.weight": sum(weights, torch.zeros(())).to(dtype)}
    if "bias" in module.state_dict():
        converted[f"{path}.bias"] = sum(biases, torch.zeros(())).to(dtype)
    return converted


def unit_kernel(blank: Tensor) -> Tensor:
    """The kernel of one position that hands on its input."""
    shape = [*blank.shape[:2], *[1] * (blank.dim() - 2)]
    weight = torch.zeros(shape, dtype=torch.float64)
    for channel in range(len(weight)):
        weight[channel, channel % weight.shape[1]] = 1
    return weight


def grow(weight: Tensor, blank: Tensor) -> Tensor:
    """A kernel in the middle of zeros."""
    margins: list[int] = []
    for small, large in zip(weight.shape[:1:-1], blank.shape[:1:-1], strict=True):
        margins += [(large - small) // 2] * 2
    return F.pad(weight, margins)


def effect(trained: Mapping[str, Tensor], part: Part) -> tuple[Tensor, Tensor]:
    """What each channel is multiplied by, and what is added to it."""
    if isinstance(part, tuple):
        factor, summand = batch_norm(trained, part[0], part[1])
        return factor, summand if part[2] else torch.zeros(())
    if isinstance(part, float):
        return torch.tensor(part, dtype=torch.float64), torch.zeros(())
    if f"{part}.running_mean" in trained:
        return batch_norm(trained, part, EPS)
    scale = trained[part] if part in trained else trained[f"{part}.weight"]
    return scale.double().flatten(), torch.zeros(())


def scale_outputs(weight: Tensor, factor: Tensor, transposed: bool) -> Tensor:
    """The weight of a layer whose output channels are multiplied by factors, or by one."""
    ones = [1] * (weight.dim() - 2)
    if not transposed or factor.dim() == 0:
        return weight * factor.reshape(-1, 1, *ones)
    groups = len(factor) // weight.shape[1]
    parts = weight.reshape(groups, -1, *weight.shape[1:])
    return (parts * factor.reshape(groups, 1, -1, *ones)).flatten(0, 1)


def owners(network: nn.Module) -> dict[str, nn.Module]:
    """The modules that hold entries of the `state_dict` themselves, by path."""
    paths = dict.fromkeys(key.rpartition(".")[0] for key in network.state_dict())
    return {path: network.get_submodule(path) for path in paths}


def own_keys(module: nn.Module, layer: str) -> set[str]:
    """The keys of a trained layer that is such a module."""
    names = {name for name in module.state_dict() if "." not in name}
    return {f"{layer}.{name}".lstrip(".") for name in names}


def check_keys(
    trained: Mapping[str, Tensor],
    needed: set[str],
    folded: set[str],
) -> None:
    """Refuse what is not the `state_dict` of the trained network."""
    counters = {key for key in needed if key.endswith(".num_batches_tracked")}
    known = set(needed)
    for layer in folded:
        for name in ("weight", "bias", "num_batches_tracked"):
            known.add(f"{layer}.{name}")
    others = trained.keys() - known
    told = []
    for what, keys in (
        ("missing", needed - counters - trained.keys()),
        ("unexpected", {key for key in others if not f"{key}.".startswith(DROPPED)}),
    ):
        if keys:
            more = f" and {len(keys) - 5} more" if len(keys) > 5 else ""
            told.append(f"{what}: {', '.join(sorted(keys)[:5])}{more}")
    if told:
        raise ValueError(f"not the weights of the trained network: {'; '.join(told)}")


def entries(
    trained: Mapping[str, Tensor],
    path: str,
    layer: str,
    module: nn.Module,
) -> dict[str, Tensor]:
    """What a module holds itself, as it is in the trained network."""
    found = {}
    for key in module.state_dict():
        old = f"{layer}.{key}".lstrip(".")
        if "." not in key and old in trained:
            found[f"{path}.{key}".lstrip(".")] = trained[old]
    return found


def batch_norm(
    trained: Mapping[str, Tensor],
    norm: str,
    eps: float,
) -> tuple[Tensor, Tensor]:
    """What a norm in evaluation multiplies each channel by, and what it adds."""
    mean = trained[f"{norm}.running_mean"].double()
    factor = torch.rsqrt(trained[f"{norm}.running_var"].double() + eps)
    if f"{norm}.weight" in trained:
        factor = factor * trained[f"{norm}.weight"].double()
    summand = -mean * factor
    if f"{norm}.bias" in trained:
        summand = summand + trained[f"{norm}.bias"].double()
    return factor, summand


def by_form(table: Mapping[str, object]) -> dict[str, list[str]]:
    """The patterns with stars, by what they are with a star for every number."""
    starred: dict[str, list[str]] = {}
    for pattern in table:
        if "*" in pattern:
            starred.setdefault(re.sub("[0-9]+", "*", pattern), []).append(pattern)
    return starred


def match(
    path: str,
    table: Mapping[str, object],
    starred: Mapping[str, list[str]],
) -> tuple[str, tuple[str, ...]]:
    """The row of a path, by its own name or the first pattern that it matches, and the
    numbers that it has in place of the stars.
    """
    if path not in table:
        numbers = re.findall("[0-9]+", path)
        for pattern in starred.get(re.sub("[0-9]+", "*", path), ()):
            pairs = list(zip(re.findall(r"[0-9]+|\*", pattern), numbers, strict=True))
            if all(place in ("*", number) for place, number in pairs):
                return pattern, tuple(number for place, number in pairs if place == "*")
    return path, ()


def fill(name: str, numbers: tuple[str, ...]) -> str:
    """The name with the numbers in place of its stars."""
    return name.replace("*", "{}").format(*numbers)
