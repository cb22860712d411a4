"""Coverage-guided fuzzing of the whole program: `pip install atheris`, then

    cd tests && python -m fuzz.atheris_target findings fuzz/corpus -max_total_time=900 -dict=fuzz/words.dict

libFuzzer adds inputs to the first folder; the second holds the kept ones, which `test_whole_program.py` replays. Half
of the mutations are libFuzzer's own, of bytes; half change the tree of a spec: a value, a key, a whole subtree.
"""

from __future__ import annotations

import sys
from random import Random

import atheris

with atheris.instrument_imports(include=["archspec"]):
    from fuzz.whole_program import run

    # What is imported only when it is needed is instrumented only if that happens here.
    run(b"archspec: 1\nname: N\ninput: [3, 8, 8]\ninit: {conv: zeros}\nbody: [{conv: $(1 + 1), kernel: 3}]\n")
    run(b"archspec: 1\nname: N\ninput: [3, 8, 8]\nbody: [{cnov: 1}, {conv: 8}]\n")
    run(b"archspec: 1\nname: [\n")

from fuzz.mutate import mutated

MAX_BYTES = 4_000


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    rng = Random(seed)
    made = mutated(data, rng) if rng.random() < 0.5 else None
    return atheris.Mutate(data, max_size) if made is None else made[:max_size]


def one_input(data: bytes) -> None:
    if len(data) <= MAX_BYTES:
        run(data)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input, custom_mutator=mutate)
    atheris.Fuzz()
