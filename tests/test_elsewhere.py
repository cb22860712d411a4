"""What other libraries call things: every name that is suggested exists, and means what it should."""

from __future__ import annotations

from dataclasses import fields

import pytest

from archspec.compiler import validate
from archspec.diagnostics import Diagnostic
from archspec.expand.callees import STRUCTURE_ARGUMENTS
from archspec.expand.library import Library
from archspec.names import MODIFIERS, STRUCTURES
from archspec.ops import OPS
from archspec.schema.document import AuxHead, Document
from archspec.schema.elsewhere import layers, words
from archspec.schema.initialisers import SCHEMES

NAMES = {*OPS, *STRUCTURES, *Library.names()}
OF_STRUCTURES = {argument for arguments in STRUCTURE_ARGUMENTS.values() for argument in arguments}
ARGUMENTS = {field.name for each in (*OPS.values(), *SCHEMES.values()) for field in fields(each)}


def test_every_op_that_is_suggested_exists() -> None:
    for name, meant in layers._OPS.items():
        assert meant in NAMES, name


@pytest.mark.parametrize("name", layers._KINDS)
def test_every_kind_that_is_suggested_is_valid(name: str) -> None:
    meant = layers.op_meant(name, NAMES)
    assert meant is not None
    errors = _errors(meant.written)
    # The number that a layer may need stands beside it.
    assert all(error.code in ("E0221", "E0205") for error in errors), errors


def test_every_argument_that_is_suggested_exists() -> None:
    for name, meant in words._ARGUMENTS.items():
        assert {*meant} <= {*ARGUMENTS, *MODIFIERS, *OF_STRUCTURES, "activation"}, name


def test_every_key_that_is_suggested_exists() -> None:
    models = (Document, AuxHead)
    keys = {field.alias or name for model in models for name, field in model.model_fields.items()}
    for name, meant in words._KEYS.items():
        assert {*meant} <= {*keys, *STRUCTURE_ARGUMENTS["for"]}, name


def test_every_initialisation_that_is_suggested_exists() -> None:
    assert {*words._SCHEMES.values()} <= {*SCHEMES}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("nn.Conv2d", "conv"),
        ("torch.nn.ReLU", "relu"),
        ("tf.keras.layers.MaxPooling2D", "maxpool"),
        ("conv_2d", "conv"),
        ("CONV", "conv"),
        ("AdaptiveAvgPool2d", "adaptive_avgpool"),
        ("Conv2DTranspose", "conv_transpose"),
    ],
)
def test_names_are_compared_without_what_libraries_put_around_them(written: str, meant: str) -> None:
    assert layers.op_meant(written, NAMES) == layers.Meant(meant)


@pytest.mark.parametrize("name", ["", "()", ".", "x" * 1000, "conv2dd", "normal"])
def test_a_name_like_none_is_left_alone(name: str) -> None:
    assert layers.op_meant(name, NAMES) is None


def _errors(node: str) -> list[Diagnostic]:
    text = f"archspec: 1\nname: N\ninput: [8, 8, 8]\nbody: [{node}]\n"
    return [found for found in validate(text) if found.severity == "error"]
