"""From an empty workspace to reading what a model said, with a real worker."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.e2e.terminal import ROOT, Terminal


def test_a_run_from_start_to_end(start: Callable[..., Terminal], tmp_path: Path) -> None:
    terminal = start()
    terminal.until("Press d to see it work")
    assert terminal.modes[1049] and not terminal.modes[25]
    command = ["train", "--preset", "demo-zero-shot", "--set", "data.test=2", "--name", "tiny", "--detach"]
    subprocess.run(
        [sys.executable, "-m", "tui", "--workspace", str(tmp_path / "runs"), *command],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True,
    )  # fmt: skip
    terminal.until("tiny")
    terminal.type("\r")
    terminal.until("zero-shot of builtin")
    terminal.until("✓ finished", seconds=120)
    terminal.until("Test ROUGE-1")
    terminal.type("e")
    terminal.until("Explore 2 dialogues")
    terminal.until("reference")
    terminal.type("q")
    terminal.until("✓ finished")
    terminal.type("q")
    terminal.until("1 run")
    terminal.type("q")
    assert terminal.end() == 0
    assert terminal.restored
