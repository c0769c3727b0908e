"""How many cells characters take on this terminal, asked of the terminal itself."""

from __future__ import annotations

import contextlib
import os
import re
import select
import sys
import termios
import time
import tty

from tui.glyphs import SAMPLES, WIDE, Choice

SECONDS = 1.0
"""How long to wait for each answer; a terminal that has not answered by then is asked no more."""
SAMPLED = {"braille": SAMPLES["braille"], "blocks": SAMPLES["blocks"], "wide": WIDE}
EXPECTED = {"braille": len(SAMPLES["braille"]), "blocks": len(SAMPLES["blocks"]), "wide": 2 * len(WIDE)}
_ANSWER = re.compile(rb"\x1b\[(\d+);(\d+)R")


def widths(reading: int | None = None, writing: int | None = None) -> dict[str, int] | None:
    """The cells by which each sample moves the cursor (ESC [ 6 n); None when the terminal does not answer.

    Writes to and reads from the terminal, whose state is the same afterwards; blocks for a second at most when
    nobody answers. The line where the cursor stands is cleared.
    """
    reading = sys.__stdin__.fileno() if reading is None else reading  # type: ignore[union-attr]
    writing = sys.__stdout__.fileno() if writing is None else writing  # type: ignore[union-attr]
    try:
        before = termios.tcgetattr(reading)
    except termios.error:
        return None
    found: dict[str, int] = {}
    try:
        tty.setcbreak(reading, termios.TCSANOW)
        for name, sample in SAMPLED.items():
            os.write(writing, f"\r{sample}\x1b[6n".encode())
            column = _column(reading)
            if column is None:
                return None
            found[name] = column - 1
    except (OSError, termios.error):
        return None
    finally:
        with contextlib.suppress(OSError):
            os.write(writing, b"\r\x1b[K")
        with contextlib.suppress(termios.error):
            termios.tcsetattr(reading, termios.TCSANOW, before)
    return found


def judge(found: dict[str, int]) -> Choice:
    """What to draw with on a terminal that moves its cursor by ``found``."""
    right = {name: found.get(name) == cells for name, cells in EXPECTED.items()}
    level = "ascii" if not right["blocks"] else "blocks" if not right["braille"] else "braille"
    return Choice(level, right["blocks"] and right["wide"], "as `dialtune doctor` measured")  # type: ignore[arg-type]


def _column(reading: int) -> int | None:
    """The column in the terminal's next answer, counted from 1; None when none comes in time."""
    came, until = b"", time.monotonic() + SECONDS
    while (left := until - time.monotonic()) > 0:
        if not select.select([reading], [], [], left)[0]:
            break
        data = os.read(reading, 64)
        if not data:
            break
        came += data
        if (answer := _ANSWER.search(came)) is not None:
            return int(answer[2])
    return None
