"""The numbers that papers, and the code that came with them, give for the shipped networks."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import archspec
from archspec.compiler import Network
from archspec.passes.receptive_field import measure_receptive_fields

PARAMETERS_AND_MACS = {
    # LeCun et al. (1998) with a dense C3
    "lenet5": (61_706, 416_520),
    # the same with the paper's sparse C3 (1,516 parameters) and its trained pools (12 and 32): section II.B
    "lenet_1998": (156 + 12 + 1_516 + 32 + 48_120 + 10_164, 327_256),
    # Krizhevsky et al. (2012, 2014)
    "alexnet_2012": (60_965_224, 724_406_816),
    "alexnet": (61_100_840, 714_188_480),
    # Simonyan, Zisserman (2014): configurations A to E
    "vgg11": (132_863_336, 7_609_090_048),
    "vgg13": (133_047_848, 11_308_466_176),
    "vgg16_c": (133_638_952, 11_770_888_192),
    "vgg16": (138_357_544, 15_470_264_320),
    "vgg19": (143_667_240, 19_632_062_464),
    # the Caffe network with both auxiliary classifiers, whose operations are not counted
    "googlenet_2014": (13_378_280, 1_582_671_872),
    # He et al. (2015), table 1
    "resnet18": (11_689_512, 1_814_073_344),
    "resnet34": (21_797_672, 3_663_761_408),
    "resnet50": (25_557_032, 4_089_184_256),
    "resnet101": (44_549_160, 7_801_405_440),
    "resnet152": (60_192_808, 11_513_626_624),
    # ResNet-34 less its three projections: 172,032 weights and 1,792 of the norms, 100,352 × 64 × 3 operations
    "plain34": (21_797_672 - 172_032 - 1_792, 3_663_761_408 - 3 * 64 * 100_352),
    # the stride on the first 1×1, as in the paper: 3.8, 7.6 and 11.3 billion
    "resnet50_paper": (25_557_032, 3_857_973_248),
    "resnet101_paper": (44_549_160, 7_570_194_432),
    "resnet152_paper": (60_192_808, 11_282_415_616),
    # the same, with biases in the convolutions; Keras adds 53,120 running means and variances
    "resnet50_keras": (25_636_712 - 53_120, 3_857_973_248),
    # He et al. (2015), table 6, option A
    "resnet20": (269_722, 40_551_040),
    "resnet32": (464_154, 68_862_592),
    "resnet44": (658_586, 97_174_144),
    "resnet56": (853_018, 125_485_696),
    "resnet110": (1_727_962, 252_887_680),
    "resnet1202": (19_421_274, 2_829_238_912),
    # Szegedy et al. (2014), section 4: the 5×5 branch alone
    "inception_branch_naive": (153_632, 120_422_400),
    "inception_branch": (15_920, 2_408_448 + 10_035_200),
}

MILLIONS_OF_PARAMETERS = {
    # He et al. (2016), table 4
    "preact_resnet164": 1.7,
    "preact_resnet1001": 10.3,
    # Hu et al. (2017), table 10
    "se_resnet50": 28.1,
    # Howard et al. (2017), table 6
    "mobilenet_v1": 4.2,
    "mobilenet_v1_075": 2.6,
    "mobilenet_v1_050": 1.3,
    "mobilenet_v1_025": 0.5,
}

MILLIONS_OF_MACS = {
    # Howard et al. (2017), table 6
    "mobilenet_v1": 569,
    "mobilenet_v1_075": 325,
    "mobilenet_v1_050": 149,
    "mobilenet_v1_025": 41,
}

RECEPTIVE_FIELDS = {
    "alexnet": 195,
    "vgg16": 212,
    "resnet18": 435,
    "resnet34": 899,
    "resnet50": 427,
    "resnet50_paper": 483,
    "resnet50_keras": 483,
    "inception_v3": 1311,
}


@pytest.mark.parametrize("name", PARAMETERS_AND_MACS)
def test_parameters_and_macs(name: str) -> None:
    network = archspec.compile(name)
    assert (network.params, network.macs) == PARAMETERS_AND_MACS[name]


@pytest.mark.parametrize("name", MILLIONS_OF_PARAMETERS)
def test_parameters_in_millions(name: str) -> None:
    assert round(archspec.compile(name).params / 1e6, 1) == MILLIONS_OF_PARAMETERS[name]


@pytest.mark.parametrize("name", MILLIONS_OF_MACS)
def test_macs_in_millions(name: str) -> None:
    assert round(archspec.compile(name).macs / 1e6) == MILLIONS_OF_MACS[name]


def receptive_field(network: Network) -> int:
    """How many input positions along each axis the last map before the vector sees."""
    field = network.summary().field
    assert field is not None
    (size,) = {window.size for window in field.axes}
    return size


@pytest.mark.parametrize("name", RECEPTIVE_FIELDS)
def test_receptive_field(name: str) -> None:
    assert receptive_field(archspec.compile(name)) == RECEPTIVE_FIELDS[name]


def shapes_of(model: nn.Module, example: Tensor) -> dict[str, tuple[int, ...]]:
    """What each child of `model` gives for `example`, without the batch."""
    shapes: dict[str, tuple[int, ...]] = {}

    def record(name: str) -> None:
        child = model.get_submodule(name)
        child.register_forward_hook(lambda _, __, output: shapes.update({name: tuple(output.shape[1:])}))

    for name, _ in model.named_children():
        record(name)
    with torch.no_grad():
        model.eval()(example)
    return shapes


@pytest.mark.parametrize(
    "name",
    ["cnn", "cnn_avgpool", "cnn_minpool", "cnn_group_norm", "cnn_swish", "cnn_grey", "cnn_multispectral"],
)
def test_the_basic_flow(name: str) -> None:
    """3 × 256 × 256 → 16 × 128 × 128 → 64 × 64 × 64 → 262,144 → 3, by pools."""
    network = archspec.compile(name)
    assert isinstance(network.input, tuple)
    model = network.module()
    shapes = shapes_of(model, torch.randn(1, *network.input))
    assert shapes["pool1"] == (16, 128, 128)
    assert shapes["pool2"] == (64, 64, 64)
    assert model.get_submodule("fc").in_features == 262_144
    assert shapes["softmax"] == (3,)


def test_the_basic_flow_strided() -> None:
    shapes = shapes_of(archspec.build("cnn_strided"), torch.randn(1, 3, 256, 256))
    assert (shapes["conv1"], shapes["conv2"]) == ((16, 128, 128), (64, 64, 64))


def test_the_basic_flow_by_pixel_unshuffle() -> None:
    shapes = shapes_of(archspec.build("cnn_pixel_unshuffle"), torch.randn(1, 3, 256, 256))
    assert (shapes["unshuffle1"], shapes["unshuffle2"]) == ((16, 128, 128), (64, 64, 64))


@pytest.mark.parametrize(("name", "rank"), [("cnn_1d", 1), ("cnn", 2), ("cnn_3d", 3)])
def test_the_same_nodes_fit_every_rank(name: str, rank: int) -> None:
    model = archspec.build(name)
    for child, layer in (("conv1", "Conv"), ("norm1", "BatchNorm"), ("pool1", "MaxPool")):
        assert type(model.get_submodule(child)).__name__ == f"{layer}{rank}d"


@pytest.mark.parametrize(("count", "size", "weights"), [(2, 5, 18), (3, 7, 27)])
def test_stacked_small_filters(count: int, size: int, weights: int) -> None:
    """Two 3×3 see as far as one 5×5, three as one 7×7, with fewer weights."""
    spec = "archspec: 1\ninput: [1, 32, 32]\nbody: [{{conv: 1, kernel: {}, bias: false, repeat: {}}}]\n"
    stacked, single = archspec.compile(spec.format(3, count)), archspec.compile(spec.format(size, 1))
    assert receptive_field(stacked) == receptive_field(single) == size
    assert (stacked.params, single.params) == (weights, size * size)


def test_global_average_pooling_against_a_fully_connected_layer() -> None:
    spec = "archspec: 1\ninput: [1024, 7, 7]\nbody: [{}]\n"
    assert archspec.compile(spec.format("flatten, {fc: 1024, bias: false}")).params == 51_380_224
    assert archspec.compile(spec.format("gap")).params == 0


def test_maps_of_c3_see_the_maps_of_s2_that_the_paper_lists() -> None:
    """LeCun et al. (1998), table I: for each of the 16 maps of C3 the maps of S2 that it is connected to."""
    table = [
        *([0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [0, 4, 5], [0, 1, 5]),
        *([0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5], [0, 3, 4, 5], [0, 1, 4, 5], [0, 1, 2, 5]),
        *([0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5], [0, 1, 2, 3, 4, 5]),
    ]
    c3 = archspec.build("lenet_1998").get_submodule("c3")
    maps = torch.rand(1, 6, 14, 14, requires_grad=True)
    seen = []
    for output in c3(maps).sum((0, 2, 3)):
        (gradient,) = torch.autograd.grad(output, maps, retain_graph=True)
        seen.append(gradient.abs().sum((0, 2, 3)).nonzero().flatten().tolist())
    assert seen == table


@pytest.mark.parametrize(
    ("small", "large", "weights"), [("two_3x3", "one_5x5", (18, 25)), ("three_3x3", "one_7x7", (27, 49))]
)
def test_stacked_small_filters_see_as_much_with_fewer_weights(
    small: str, large: str, weights: tuple[int, int]
) -> None:
    """Simonyan, Zisserman (2014), section 2.3."""
    networks = [archspec.compile(name) for name in (small, large)]
    fields = [measure_receptive_fields(network.graph).network for network in networks]
    assert fields[0] == fields[1]
    assert tuple(network.params for network in networks) == weights


def test_googlenet_without_its_auxiliary_classifiers() -> None:
    """The count of the authors' Caffe network in inference."""
    network = archspec.compile("googlenet_2014")
    assert network.params - network.costs.aux.params == 6_998_552
