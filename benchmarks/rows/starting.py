"""Cold processes: what a command costs from its start to its end."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.targets import shipped_folder, shipped_networks
from benchmarks import synthetic
from benchmarks.findings import Finding, Found
from benchmarks.processes import archspec, cpu_of, python, used_by
from benchmarks.rows.row import Bench, Row, compare

LEAST = """
import typer, yaml
from pydantic import BaseModel
class Layer(BaseModel):
    channels: int
    kernel: int = 3
Layer.model_validate(yaml.safe_load("{channels: 64}"))
"""
"""What a validator of YAML on typer and pydantic cannot do without."""

MEGABYTE = 10**6


def _validate(bench: Bench) -> Iterator[Found]:
    yield compare(
        bench,
        "validate",
        ("archspec validate resnet152", cpu_of(archspec("validate", "resnet152"))),
        ("python -c: yaml, typer, one pydantic model", cpu_of(python(LEAST))),
        1.25,
    )


def _help(bench: Bench) -> Iterator[Found]:
    yield compare(
        bench,
        "help",
        ("archspec --help", cpu_of(archspec("--help"))),
        ('python -c "import typer"', cpu_of(python("import typer"))),
        1.5,
    )


def _memory(bench: Bench) -> Iterator[Found]:
    for family in synthetic.FAMILIES:
        spec = bench.folder / f"{family}.yaml"
        spec.write_text(synthetic.spec(family, 10_000), "utf-8")
        samples = [
            used_by(archspec("validate", str(spec))).memory / MEGABYTE for _ in range(bench.effort.least)
        ]
        subject = f"archspec validate, 10,000 ops, {family}"
        yield Finding("memory", subject, "peak memory", tuple(samples), limit=120, unit="MB")


def _variants(bench: Bench) -> Iterator[Found]:
    """`validate specs/` against one cold `validate`; what is over is shared among the further variants."""
    networks = shipped_networks()
    every, one = archspec("validate", str(shipped_folder())), archspec("validate", "resnet152")
    samples = bench.samples(every=cpu_of(every), one=cpu_of(one))
    further = tuple(
        (every - one) / (len(networks) - 1)
        for every, one in zip(samples["every"], samples["one"], strict=True)
    )
    subject = f"archspec validate specs/, per further variant of its {len(networks)}"
    yield Finding("variants", subject, "archspec validate resnet152", further, samples["one"], 0.05)


ROWS = (
    Row("validate", "a cold `validate` costs little more than its libraries", _validate),
    Row("help", "a cold `--help` imports little but typer", _help),
    Row("memory", "validating 10,000 ops takes little memory", _memory),
    Row("variants", "further variants of a folder come at a fraction of a cold start", _variants),
)
