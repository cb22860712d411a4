"""Arbitrary input through everything that reads a spec: it ends in diagnostics or in a network, never in an exception.

The kept corpus of `atheris_target.py` is replayed, and so are the project's own specs, right and wrong.
"""

from __future__ import annotations

import os
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fuzz.generate import generate
from fuzz.mutate import KEYS, VALUES, mutated
from fuzz.whole_program import run

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
KEPT = sorted(CORPUS.iterdir())
OWN = sorted(path for folder in ("invalid", "cases") for path in (HERE.parent / folder).rglob("*.yaml"))

EXAMPLES = int(os.environ.get("ARCHSPEC_FUZZ_EXAMPLES", "100"))
EACH = settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES == 100,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
HEAD = b"archspec: 1\nname: N\ninput: [3, 8, 8]\n"


@pytest.mark.parametrize("part", range(8))
def test_the_corpus_is_read_to_its_end(part: int) -> None:
    for path in [*KEPT, *OWN][part::8]:
        try:
            run(path.read_bytes())
        except Exception as error:
            raise AssertionError(f"{path.name}: {error!r}") from error


def test_the_corpus_is_small() -> None:
    assert 100 < len(KEPT) < 300
    assert sum(path.stat().st_size for path in KEPT) < 500_000


@given(st.binary(max_size=300))
@example(b"? ")
@example(b"\xef\xbb\xbf")
@EACH
def test_bytes(data: bytes) -> None:
    run(data)
    run(HEAD + b"body:\n" + data)


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("\n {}[]:,-?&*!|>'\"%@`$()#"), max_size=200))
@EACH
def test_texts(text: str) -> None:
    run(HEAD + f"body: [{{conv: {text}, kernel: 3}}]\n".encode())
    run(HEAD + f"body: [{{conv: $({text}), kernel: 3}}]\n".encode())
    run(HEAD + f"body:\n  {text}: relu\n".encode())


WORDS = st.sampled_from(KEYS) | st.text(max_size=8)
TREES = st.recursive(
    st.sampled_from(VALUES) | st.sampled_from(KEYS) | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(KEYS), TREES, max_size=6), TREES)
@EACH
def test_trees(spec: dict[str, Any], body: Any) -> None:
    run(yaml.safe_dump({"archspec": 1, "input": [3, 8, 8], "body": body, **spec}, sort_keys=False).encode())
    run(HEAD + yaml.safe_dump({"body": body}, sort_keys=False).encode("utf-8", "surrogatepass"))


@given(st.randoms(use_true_random=False))
@EACH
def test_changed_specs(rng: Random) -> None:
    spec = generate(rng, careless=rng.random() < 0.5)
    data = mutated(spec.texts[spec.main].encode(), rng)
    if data is not None:
        run(data)
