"""Copying from a terminal: to the clipboard by escape sequence, to tmux's buffer, and always to a file."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path
from typing import Any

from engine.home import cache_folder
from engine.runs.files import write_atomic
from tui import format as fmt
from tui.text import clean

TMUX_SECONDS = 3.0


def file() -> Path:
    """What was copied last, for terminals that take no clipboard: ``$XDG_CACHE_HOME/dialtune/copied.txt``."""
    return cache_folder() / "copied.txt"


def copy(app: Any, text: str) -> None:
    """Copy ``text``, cleaned of what could steer the terminal it is pasted into, and say so.

    OSC 52 reaches the clipboard of the terminal at the other end of an SSH connection. tmux swallows it unless
    told otherwise, but hands on what is loaded into its buffer.
    """
    safe = clean(text, lines=True)
    app.copy_to_clipboard(safe)
    app.run_worker(lambda: app.call_from_thread(app.notify, _elsewhere(safe), markup=False), thread=True)


def _elsewhere(text: str) -> str:
    """Leave ``text`` in tmux's buffer and in the file; a sentence on what was done. Blocks."""
    if os.environ.get("TMUX"):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(
                ["tmux", "load-buffer", "-w", "-"],
                input=text.encode(), check=True, timeout=TMUX_SECONDS, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
    said = f"Copied {fmt.count(len(text), 'character')}."
    try:
        file().parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file(), text + "\n")
    except OSError:
        return said
    return f"{said} Also in {clean(file())}"
