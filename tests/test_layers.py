"""Imports point one way: the contracts of `pyproject.toml`, checked by import-linter."""

from __future__ import annotations

from pathlib import Path

import pytest

importlinter = pytest.importorskip("importlinter.cli")

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"


def test_imports_point_one_way(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(PYPROJECT.parent)
    code = importlinter.lint_imports(config_filename=str(PYPROJECT), no_cache=True)
    assert code == 0, capsys.readouterr().out


def test_a_broken_contract_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same contracts with `ops` above `expand`, which uses it."""
    text = PYPROJECT.read_text("utf-8")
    swapped = text.replace('  "ops",\n', "").replace('  "expand",\n', '  "ops",\n  "expand",\n')
    assert swapped != text
    (tmp_path / "pyproject.toml").write_text(swapped, "utf-8")
    monkeypatch.chdir(PYPROJECT.parent)
    assert importlinter.lint_imports(config_filename=str(tmp_path / "pyproject.toml"), no_cache=True) == 1
