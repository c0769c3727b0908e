"""A run's loss at a glance: a few points of the curve, however long the event file is."""

from __future__ import annotations

from math import fsum
from pathlib import Path

from engine.runs.events import TrainStep, decode

POINTS = 12
"""Points of a glimpse: what fits a column of a table."""
WINDOW = 1 << 14
"""Bytes read for each point of a file too long to be read whole."""


def losses(path: Path, points: int = POINTS) -> tuple[float, ...]:
    """At most ``points`` train losses of ``events.jsonl``, oldest first; none when there are none.

    A short file is read whole and its losses are averaged in stretches of equal number; of a long one, only a
    window at each of ``points`` places is read, so that 200,000 events cost no more than 2,000.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            whole = size <= points * WINDOW
            found: list[list[float]] = []
            for place in range(1 if whole else points):
                start = 0 if whole else place * (size - WINDOW) // max(points - 1, 1)
                file.seek(start)
                block = file.read(size if whole else WINDOW)
                found.append(_train_losses(block, torn=start > 0))
    except OSError:
        return ()
    if whole:
        (every,) = found
        count = min(points, len(every))
        found = [every[n * len(every) // count : (n + 1) * len(every) // count] for n in range(count)]
    return tuple(fsum(part) / len(part) for part in found if part)


def _train_losses(block: bytes, torn: bool) -> list[float]:
    """The losses in the whole lines of ``block``; its first line is ``torn`` when it begins in the middle of one.

    Of steps that a resumed run did again, the last ones.
    """
    lines = block.split(b"\n")[1 if torn else 0 : -1]
    found: list[TrainStep] = []
    for line in lines:
        if b'"train"' in line:
            event = decode(line.decode("utf-8", "replace"))
            if isinstance(event, TrainStep):
                while found and found[-1].step >= event.step:
                    found.pop()
                found.append(event)
    return [event.loss for event in found]
