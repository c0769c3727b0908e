"""The wall: what is not the worker never imports the training stack, and the engine never the terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "transformers", "datasets", "evaluate", "peft", "accelerate")

CODE = """
import importlib, json, pkgutil, sys

def modules(package):
    yield package
    for found in pkgutil.iter_modules(importlib.import_module(package).__path__, package + "."):
        if found.name == "engine.worker" or found.name.endswith(".__main__"):
            continue
        if found.ispkg:
            yield from modules(found.name)
        else:
            yield found.name

names = list(modules({package!r})) if {everything} else [{package!r}]
for name in names:
    importlib.import_module(name)
print(json.dumps([names, [name for name in {unwanted!r} if name in sys.modules]]))
"""


@pytest.mark.parametrize(
    ("package", "everything", "unwanted"),
    [
        ("engine", True, (*HEAVY, "engine.worker", "textual", "tui")),
        ("tui", True, (*HEAVY, "engine.worker")),
        ("tui", False, (*HEAVY, "engine.worker")),
        ("engine.runs.workspace", False, (*HEAVY, "engine.worker", "textual", "tui", "pydantic", "pynvml")),
    ],
)
def test_what_an_import_brings_along(package: str, everything: bool, unwanted: tuple[str, ...]) -> None:
    code = CODE.format(package=package, everything=everything, unwanted=unwanted)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    names, found = json.loads(done.stdout)
    assert found == []
    if everything and package == "engine":
        assert {"engine.spec", "engine.hardware", "engine.runs.folder", "engine.data.examples"} <= set(names)
