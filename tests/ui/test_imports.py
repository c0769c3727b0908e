"""The terminal process stays light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_terminal_imports_no_training_stack() -> None:
    code = (
        "import sys, tui.app\n"
        "heavy = {'torch', 'transformers', 'datasets', 'evaluate', 'peft', 'accelerate'}\n"
        "heavy |= {'pynvml', 'pandas', 'numpy', 'pyarrow'}\n"
        "found = heavy & set(sys.modules) | {m for m in sys.modules if m.startswith('engine.worker')}\n"
        "sys.exit(f'imported: {sorted(found)}' if found else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr


def test_what_reads_runs_needs_no_terminal() -> None:
    code = "import sys, tui.feed, tui.listing, tui.explorer, tui.format\nsys.exit('textual' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
