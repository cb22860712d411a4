"""Whole networks against PyTorch: verdict, every shape, key, count and output are those of `fuzz/reference.py`.

`ARCHSPEC_SPEC_EXAMPLES=3000` tries that many networks of each kind; `python -m fuzz.compare` any number.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from fuzz.compare import STRICTER, compare, standard_blocks
from fuzz.generate import Spec, generate
from fuzz.reference_ops import known
from fuzz.structures import STANDARD_FIRST
from hypothesis import HealthCheck, given, note, settings
from strategies import specs

from archspec.codes import CODES
from archspec.expressions.functions import FUNCTIONS
from archspec.ops import ALIASES, OPS
from archspec.schema.document import Document
from archspec.schema.initialisers import SCHEMES
from archspec.vocabulary import MODIFIERS, SHORTCUTS, STRUCTURES

EXAMPLES = int(os.environ.get("ARCHSPEC_SPEC_EXAMPLES", "60"))
EACH = settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES == 60,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TYPES = ("int", "float", "bool", "str", "list", "size", "any")

pytestmark = pytest.mark.usefixtures("one_thread")


def judged(spec: Spec, folder: Path) -> str:
    for name, text in spec.texts.items():
        note(f"# {name}{':' + spec.variant if spec.variant and name == spec.main else ''}\n{text}")
    return compare(spec, folder)


@given(spec=specs())
@EACH
def test_what_is_valid_by_construction_runs_as_promised(
    spec: Spec, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert judged(spec, tmp_path_factory.mktemp("spec")) == "valid"


@given(spec=specs(careless=True))
@EACH
def test_what_validates_runs_and_what_runs_validates(
    spec: Spec, tmp_path_factory: pytest.TempPathFactory
) -> None:
    judged(spec, tmp_path_factory.mktemp("spec"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(0, 4000, 500))
def test_thousands_of_networks(seed: int, tmp_path: Path) -> None:
    for number in range(seed, seed + 500):
        compare(generate(Random(number), careless=number % 2 == 1), tmp_path)


def test_careless_specs_are_wrong_often_and_right_often(tmp_path: Path) -> None:
    verdicts = [compare(generate(Random(seed), careless=True), tmp_path) for seed in range(60)]
    assert 10 <= verdicts.count("valid") <= 50
    assert len(set(verdicts)) > 5


def test_what_archspec_is_stricter_about_are_codes() -> None:
    assert set(STRICTER) <= set(CODES)


def test_the_generator_reaches_every_word_of_the_language() -> None:
    """So that a new op, structure, modifier, shortcut or standard block is compared from its first day."""
    drawn = [generate(Random(seed)) for seed in range(2000)]
    words = {word for spec in drawn for values in spec.files.values() for word in words_of(values)}
    assert set(STANDARD_FIRST) == set(standard_blocks())
    keys = {field.alias or name for name, field in Document.model_fields.items()}
    wanted = {*OPS, *ALIASES, *STRUCTURES, *MODIFIERS, *SHORTCUTS, *STANDARD_FIRST, *SCHEMES, *TYPES, *keys}
    assert wanted - words == set()
    assert [key for key in (*OPS, *ALIASES) if not known(key)] == [], "fuzz/reference_ops.py lacks them"
    written = " ".join(word for word in words if "$" in word)
    assert {function for function in FUNCTIONS if f"{function}(" not in written} == set()
    shapes = [spec.reads["input"] for spec in drawn if isinstance(spec.reads["input"], list)]
    assert {len(shape) for shape in shapes} == {1, 2, 3, 4}
    assert {spec.main != name for spec in drawn for name in spec.files} == {True, False}


def words_of(values: Any) -> Iterator[str]:
    """Every key and every text of a tree."""
    if isinstance(values, dict):
        for key, value in values.items():
            yield str(key)
            yield from words_of(value)
    elif isinstance(values, list):
        for value in values:
            yield from words_of(value)
    elif isinstance(values, str):
        yield values
