"""The wall: what is not the worker never imports the training stack, which takes seconds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

CODE = """
import importlib, pkgutil, sys
{prelude}
names = ["engine", "tui"]
for package in ("engine", "tui"):
    names += [
        found.name
        for found in pkgutil.walk_packages(importlib.import_module(package).__path__, package + ".", onerror=print)
        if found.name.split(".")[:2] != ["engine", "worker"] and not found.name.endswith("__main__")
    ] if package == "engine" or {all_of_tui} else []
# walk_packages imports packages to look into them; the worker's room is left closed
for name in names:
    importlib.import_module(name)
heavy = {{"torch", "transformers", "datasets", "evaluate", "peft", "accelerate", {more}}}
print(len(names), sorted(heavy & set(sys.modules)), sorted(name for name in sys.modules if name.startswith("engine.worker.")))
"""


def loaded(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
