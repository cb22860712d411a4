"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Final

PACKAGES: Final = (
    "archspec", "torch", "pydantic", "PyYAML", "typer", "graphviz-pure", "torchinfo", "torchview", "onnx", "nnef",
)  # fmt: skip


def describe() -> dict[str, str]:
    """Its processor, its system, and the versions of what was measured."""
    facts = {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }
    for package in PACKAGES:
        try:
            facts[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            facts[package] = "not installed"
    return facts


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    fields: dict[str, str] = {}
    if about.exists():
        for line in about.read_text("utf-8").splitlines():
            name, _, value = line.partition(":")
            fields.setdefault(name.strip(), value.strip())
    if "model name" not in fields:
        return platform.processor() or "unknown"
    family = f"family {fields.get('cpu family', '?')}, model {fields.get('model', '?')}"
    return f"{fields['model name']} ({family})"
