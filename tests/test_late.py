"""What a run does not use, it does not load."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from inspect import isabstract
from pathlib import Path
from pkgutil import iter_modules

import pytest

import archspec
import archspec.ops
from archspec.codes import CODES, FAMILIES
from archspec.late import Late
from archspec.ops import OPS, STRUCTURAL
from archspec.ops.base import Op


def loaded(script: str, cwd: Path, **environment: str) -> set[str]:
    """The modules that are there after a script."""
    code = f"{script}\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=cwd,
        env={**os.environ, **environment},
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_an_op_is_loaded_when_a_network_has_it(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text("archspec: 1\ninput: [8]\nbody: [{fc: 4}, silu]\n", encoding="utf-8")
    modules = loaded("import archspec; assert not archspec.validate('net.yaml')", tmp_path)
    assert {"archspec.ops.linear", "archspec.ops.smooth"} <= modules
    assert not {f"archspec.ops.{name}" for name in ("softmax", "resample", "cut", "dropout")} & modules


def test_every_op_stands_in_the_table() -> None:
    homes = [import_module(f"archspec.ops.{module.name}") for module in iter_modules(archspec.ops.__path__)]
    made = {
        value
        for home in homes
        for value in vars(home).values()
        if isinstance(value, type)
        and issubclass(value, Op)
        and not isabstract(value)
        and hasattr(value, "key")
    }
    assert made == {*OPS.values(), *STRUCTURAL}


def test_a_table_knows_its_keys_without_an_import() -> None:
    table: Late[object] = Late("archspec", {"there": "late.Late", "missing": "nowhere.Thing"})
    assert list(table) == ["there", "missing"]
    assert "missing" in table
    assert "other" not in table
    assert len(table) == 2
    assert table["there"] is table["there"] is Late
    assert table.get("other") is None
    with pytest.raises(ModuleNotFoundError):
        table["missing"]


@pytest.mark.parametrize("module", ["archspec", "archspec.cli"])
def test_a_package_offers_no_other_name(module: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{module}' has no attribute 'nothing'"):
        import_module(module).nothing  # noqa: B018


def test_every_name_that_is_offered_is_there() -> None:
    assert all(getattr(archspec, name) is not None for name in archspec.__all__)


def test_a_code_is_found_in_its_family_alone(tmp_path: Path) -> None:
    modules = loaded("from archspec.codes import CODES; assert CODES['E0301'].code == 'E0301'", tmp_path)
    assert "archspec.codes.shapes" in modules
    assert not {"archspec.codes.language", "archspec.codes.layers"} & modules
    assert all(CODES[entry.code] is entry for family in FAMILIES.values() for entry in family)
    for absent in ("", "A", "E0000", "E0399", "E9999", "W9999", "Z", 7):
        assert absent not in CODES


def test_a_plugin_of_pydantic_sees_no_spec(tmp_path: Path) -> None:
    """One is installed that leaves a trace where it is loaded. Models of others may still have it."""
    (tmp_path / "spying.py").write_text(
        "def new_schema_validator(*_, **__):\n    return None, None, None\n", encoding="utf-8"
    )
    info = tmp_path / "spying-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: spying\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[pydantic]\nspying = spying\n", encoding="utf-8")
    check = "import archspec; assert not archspec.validate('lenet5')"
    assert "spying" not in loaded(check, tmp_path, PYTHONPATH=str(tmp_path))
    of_others = "import pydantic\ntype('Other', (pydantic.BaseModel,), {})"
    assert "spying" in loaded(f"{check}\n{of_others}", tmp_path, PYTHONPATH=str(tmp_path))
