"""What the passes say of networks whose numbers are known: from papers, from PyTorch, or by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hand_built import Line, basic_block, conv, inception, lenet, resnet, small_googlenet
from torch import nn

from archspec.diagnostics import InternalError
from archspec.ir import Aux, Graph, Module
from archspec.ops.activation import ReLU
from archspec.ops.adaptive import AdaptiveAvgPool, GlobalAvgPool
from archspec.ops.base import Op, Shape, Window
from archspec.ops.convolution import Conv
from archspec.ops.joins import Add, Concat, Multiply
from archspec.ops.linear import FullyConnected
from archspec.ops.norm import Norm
from archspec.ops.pooling import AvgPool, MaxPool
from archspec.ops.reshape import Flatten
from archspec.ops.smooth import Sigmoid, Tanh
from archspec.passes.cost import Cost, count_cost
from archspec.passes.memory import measure_memory
from archspec.passes.receptive_field import Field, ReceptiveFields, measure_receptive_fields
from archspec.passes.verify import verify
from archspec.passes.windows import Effort


def chain(shape: Shape, *ops: Op) -> Graph:
    line = Line(shape, section="body")
    for index, op in enumerate(ops):
        line.add(f"op{index}", op)
    return line.graph("chain")


def square(size: int, stride: int, padding: int) -> Field:
    return Field((Window(size, stride, padding),) * 2, (1, 2))


# Cost


@pytest.mark.parametrize(
    ("depths", "params", "macs"),
    [((2, 2, 2, 2), 11_689_512, 1_814_073_344), ((3, 4, 6, 3), 21_797_672, 3_663_761_408)],
)
def test_resnets_cost_what_torchvision_counts(depths: tuple[int, ...], params: int, macs: int) -> None:
    total = count_cost(resnet(depths)).total
    assert (total.params, total.trainable_params, total.macs) == (params, params, macs)


def test_lenet_has_the_parameters_of_the_dense_c3() -> None:
    assert count_cost(lenet()).total == Cost(params=61_706, buffers=0, macs=416_520)


def test_buffers_are_counted_apart() -> None:
    total = count_cost(chain((4, 8, 8), Norm("batch"))).total
    assert total == Cost(params=8, buffers=9, macs=0)  # mean, variance, and the number of batches seen


def test_the_cost_of_a_step_can_be_read() -> None:
    graph = chain((3, 8, 8), conv(4), ReLU(), conv(2))
    costs = count_cost(graph)
    assert [costs.of(graph.root, index).params for index in range(3)] == [108, 0, 72]
    assert costs.of(graph.root, 0).macs == 108 * 64


def test_an_auxiliary_head_adds_parameters_and_no_macs() -> None:
    graph = small_googlenet()
    costs = count_cost(graph)
    head = next(step for step in graph.root.steps if step.role == "aux")
    assert isinstance(head.target, Module)
    assert costs.aux == costs.modules[head.target].total
    assert costs.aux.macs > 0
    without = sum(
        (costs.of(graph.root, i).macs for i, s in enumerate(graph.root.steps) if s.role != "aux"), 0
    )
    everything = sum((costs.of(graph.root, i).params for i in range(len(graph.root.steps))), 0)
    assert (costs.total.macs, costs.total.params) == (without, everything)


def test_a_layer_called_twice_counts_its_parameters_once_and_its_arithmetic_twice() -> None:
    line = Line((4, 8, 8))
    line.add("conv", conv(4))
    line.add("conv", line.steps[0].target, shared=True)
    assert count_cost(line.graph("twice")).total == Cost(params=144, buffers=0, macs=2 * 144 * 64)


# Receptive field


def feature_maps(graph: Graph) -> dict[str, Field]:
    """The field of every step, by path."""
    fields = measure_receptive_fields(graph)
    found: dict[str, Field] = {}
    collect(fields, graph.root, "", fields.inputs, found)
    return found


def collect(
    fields: ReceptiveFields, module: Module, prefix: str, inputs: tuple[Field, ...], found: dict[str, Field]
) -> None:
    for index, step in enumerate(module.steps):
        found[prefix + step.name] = fields.at(module, index, inputs)
        if isinstance(step.target, Module):
            entering = fields.entering(module, step, inputs)
            collect(fields, step.target, f"{prefix}{step.name}.", entering, found)


def test_resnet18_layer_by_layer() -> None:
    """Sizes, strides and paddings of torchvision's ResNet-18, computed from its traced graph."""
    found = feature_maps(resnet((2, 2, 2, 2)))
    expected = {
        "conv1": (7, 2, 3),
        "maxpool": (11, 4, 5),
        "layer1.0.conv1": (19, 4, 9),
        "layer1.1.add": (43, 4, 21),
        "layer2.0.conv1": (51, 8, 25),
        "layer2.0.downsample.0": (43, 8, 21),
        "layer2.0.add": (67, 8, 33),
        "layer3.0.downsample.0": (99, 16, 49),
        "layer4.1.conv2": (435, 32, 217),
    }
    assert {path: found[path] for path in expected} == {
        path: square(*numbers) for path, numbers in expected.items()
    }


def test_the_networks_field_is_that_of_its_last_feature_map() -> None:
    assert measure_receptive_fields(resnet((2, 2, 2, 2))).network == square(435, 32, 217)
    assert measure_receptive_fields(resnet((3, 4, 6, 3))).network == square(899, 32, 449)


def test_alexnet_and_vgg16() -> None:
    pool = MaxPool(3, stride=2)
    alexnet = chain(
        (3, 224, 224),
        *(Conv(64, 11, stride=4, padding=2), pool, Conv(192, 5, padding=2), pool, conv(384), conv(256)),
        *(conv(256), pool, AdaptiveAvgPool(6), Flatten(), FullyConnected(10)),
    )
    assert measure_receptive_fields(alexnet).network == square(195, 32, 66)
    vgg: list[Op] = []
    for depth in (2, 2, 3, 3, 3):
        vgg += [conv(8)] * depth + [MaxPool(2)]
    assert measure_receptive_fields(chain((3, 224, 224), *vgg, Flatten())).network == square(212, 32, 90)


def test_stacked_small_kernels_see_what_a_large_one_sees() -> None:
    two = measure_receptive_fields(chain((1, 32, 32), conv(1), conv(1))).network
    three = measure_receptive_fields(chain((1, 32, 32), conv(1), conv(1), conv(1))).network
    assert two == measure_receptive_fields(chain((1, 32, 32), conv(1, 5))).network == square(5, 1, 2)
    assert three == measure_receptive_fields(chain((1, 32, 32), conv(1, 7))).network == square(7, 1, 3)


def test_a_concat_sees_what_its_widest_branch_sees() -> None:
    line = Line((192, 28, 28))
    line.add("inception", inception((192, 28, 28), 64, (96, 128), (16, 32), 32))
    assert measure_receptive_fields(line.graph("one")).network == square(5, 1, 2)


def test_paths_that_are_not_centred_alike_see_their_union() -> None:
    """The first position sees 0 to 2 on one path, and -2 to 4 on the other; and neither need hold the other."""
    line = Line((1, 16, 16))
    ahead = line.add("ahead", Conv(1, 3), 0)
    line.add("behind", Conv(1, 3, padding=2), 0)
    behind = line.add("cut", Conv(1, 5), line.last)
    line.add("add", Add(), ahead, behind, role="join")
    assert measure_receptive_fields(line.graph("apart")).network == square(7, 1, 2)
    one, other = Field((Window(3, 1, 0),), (1,)), Field((Window(5, 1, 4),), (1,))
    for left, right in ((one, other), (other, one)):
        assert left.union(right, (1, 12), Effort()) == Field((Window(7, 1, 4),), (1,))


def test_a_gate_over_the_whole_map_is_not_counted() -> None:
    line = Line((8, 16, 16))
    features = line.add("conv", conv(8))
    line.add("pool", AdaptiveAvgPool(1), features)
    line.add("squeeze", conv(8, 1))
    gate = line.add("sigmoid", Sigmoid())
    line.add("scale", Multiply(), features, gate, role="join")
    assert measure_receptive_fields(line.graph("gated")).network == square(3, 1, 1)


def test_axes_are_measured_apart() -> None:
    graph = chain((1, 32, 32), Conv(1, (1, 7), padding=(0, 3)), MaxPool((2, 1)))
    assert measure_receptive_fields(graph).network == Field((Window(2, 2, 0), Window(7, 1, 3)), (1, 2))


def test_vectors_have_no_field() -> None:
    assert measure_receptive_fields(chain((8,), FullyConnected(4))).network is None


# Memory


def test_the_peak_of_a_chain_is_its_largest_pair_and_the_input() -> None:
    memory = measure_memory(chain((1, 8, 8), conv(4), conv(2), conv(1)))
    assert memory.inference_peak == (1 + 4 + 2) * 64 * 4
    assert memory.peak_at == "op1"


def test_a_value_that_is_read_later_stays_alive() -> None:
    line = Line((4, 8, 8))
    first = line.add("a", conv(4))
    line.add("b", conv(4))
    line.add("c", conv(4))
    plain = measure_memory(line.graph("plain"))
    line.add("add", Add(), line.last, first, role="join")
    skipped = measure_memory(line.graph("skip"))
    assert (plain.inference_peak, skipped.inference_peak) == (3 * 256 * 4, 5 * 256 * 4)
    # `x = self.c(x) + a` holds the old `x` to its end
    assert (plain.peak_at, skipped.peak_at) == ("b", "")


def test_the_peak_names_the_op_inside_modules_and_scales_with_the_batch() -> None:
    line = Line((1, 8, 8))
    line.add("first", conv(4))
    line.add("block", basic_block((4, 8, 8), 8))
    once = measure_memory(line.graph("net"))
    # `out = self.bn2(self.conv2(out))` holds the old `out`; the inputs of the network and of the block are kept too
    assert once.peak_at == "block.bn2"
    assert once.inference_peak == (1 + 4 + 8 + 8 + 8) * 64 * 4
    assert measure_memory(line.graph("net"), batch=3, element_bytes=2).inference_peak == (
        once.inference_peak * 3 // 2
    )


def test_views_and_what_is_overwritten_take_no_memory() -> None:
    assert measure_memory(chain((4, 8, 8), Flatten())).inference_peak == 256 * 4
    plain = measure_memory(chain((4, 8, 8), conv(4)))
    assert measure_memory(chain((4, 8, 8), conv(4), ReLU())).inference_peak == plain.inference_peak


def test_a_max_pool_makes_the_places_of_its_maxima() -> None:
    assert measure_memory(chain((4, 8, 8), MaxPool(2))).inference_peak == 256 * 4 + 64 * (4 + 8)


def test_training_keeps_what_autograd_saves() -> None:
    ops = (Conv(4, 3), ReLU(), MaxPool(2), Flatten(), FullyConnected(6), Tanh())
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 6), nn.Tanh()
    )
    model.requires_grad_()
    parameters = {parameter.data_ptr() for parameter in model.parameters()}
    saved: dict[int, int] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.untyped_storage().data_ptr() not in parameters:
            saved[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        result = model(torch.randn(1, 1, 8, 8))
    assert result.requires_grad
    assert measure_memory(chain((1, 8, 8), *ops)).training == sum(saved.values())


def test_training_keeps_a_value_once_across_modules() -> None:
    """The ReLU keeps its result, which the next block's convolution keeps as its input."""
    inner = Line((4, 8, 8))
    inner.add("conv", conv(4))
    inner.add("relu", ReLU())
    line = Line((4, 8, 8))
    line.add("one", inner.module())
    line.add("two", inner.module())
    assert measure_memory(line.graph("net")).training == 3 * 256 * 4


# Every pass


def test_passes_take_time_in_what_is_distinct() -> None:
    """Thirty levels, each calling the one below twice: a thousand million layers, thirty-one modules."""
    line = Line((1, 4, 4))
    line.add("conv", conv(1, 3))
    module = line.module()
    for _ in range(30):
        outer = Line((1, 4, 4))
        outer.add("a", module)
        outer.add("b", module)
        module = outer.module()
    line = Line((1, 4, 4))
    line.add("all", module)
    graph = line.graph("deep")
    verify(graph)
    assert count_cost(graph).total.params == 9 * 2**30
    assert measure_receptive_fields(graph).network == square(1 + 2 * 2**30, 1, 2**30)
    peak = measure_memory(graph).inference_peak
    assert (
        peak == (1 + 30 + 1) * 16 * 4
    )  # each call holds what it was given: a failure must not print the graph


# Verify


def test_sound_graphs_pass() -> None:
    for graph in (resnet((2, 2, 2, 2)), small_googlenet(), lenet()):
        verify(graph)


def broken(graph: Graph, index: int, **changes: object) -> Graph:
    steps = list(graph.root.steps)
    steps[index] = replace(steps[index], **changes)  # type: ignore[arg-type]
    return replace(graph, root=replace(graph.root, steps=tuple(steps)))


@pytest.mark.parametrize(
    ("changes", "fact"),
    [
        ({"inputs": (5,)}, "`tanh1` reads value 5, which is not before it"),
        ({"inputs": ()}, "`tanh1` reads nothing"),
        ({"shape": (6, 28, 27)}, "`tanh1` carries (6, 28, 27), its target gives (6, 28, 28)"),
        ({"name": "conv1"}, "two children are named `conv1`"),
        ({"shared": True}, "`tanh1` shares a child that does not exist"),
        ({"target": Conv(4, 64)}, "`tanh1` applies an op that refuses"),
        ({"target": basic_block((6, 14, 14), 6)}, "`tanh1` passes ((6, 28, 28),) to a module built for"),
    ],
)
def test_a_broken_step_is_named(changes: dict[str, object], fact: str) -> None:
    with pytest.raises(InternalError) as caught:
        verify(broken(lenet(), 1, **changes))
    assert "verify: in the root of `LeNet-5`" in str(caught.value)
    assert fact in str(caught.value)


def test_a_broken_child_is_found_by_its_path() -> None:
    inner = Line((1, 4, 4))
    inner.add("conv", conv(1))
    wrong = replace(inner.module(), outputs=(7,))
    middle = Line((1, 4, 4))
    middle.add("seq", inner.module())
    middle.steps[0] = replace(middle.steps[0], target=wrong)
    line = Line((1, 4, 4))
    line.add("layer1", middle.module())
    with pytest.raises(InternalError, match=r"in `layer1.seq` of `net`: output 7"):
        verify(line.graph("net"))


@pytest.mark.parametrize(
    ("changes", "fact"),
    [
        ({"input_names": ()}, "1 inputs have 0 names"),
        ({"output_names": ("a", "b")}, "1 outputs have 2 names"),
        ({"aux": (Aux("aux1", 99, 0.3),)}, "auxiliary head `aux1` ends in value 99"),
    ],
)
def test_broken_ends_are_named(changes: dict[str, object], fact: str) -> None:
    with pytest.raises(InternalError, match=fact):
        verify(replace(lenet(), **changes))  # type: ignore[arg-type]


def test_pools_and_joins_do_not_disturb_the_count() -> None:
    line = Line((2, 8, 8))
    a = line.add("a", AvgPool(2), 0)
    b = line.add("b", MaxPool(2), 0)
    line.add("cat", Concat(), a, b, role="join")
    line.add("gap", GlobalAvgPool())
    graph = line.graph("free")
    verify(graph)
    assert count_cost(graph).total == Cost()
