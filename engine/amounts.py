"""Bytes and seconds as people read them, for sentences of the engine and for the screens alike."""

from __future__ import annotations

import math

MISSING = "–"
"""What stands for a figure that is not there."""


def duration(seconds: float | None) -> str:
    """``42s``, ``3m 07s``, ``2h 05m``, ``4d 03h``; a dash when not known."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return MISSING
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    if whole < 86400:
        return f"{whole // 3600}h {whole % 3600 // 60:02d}m"
    return f"{whole // 86400}d {whole % 86400 // 3600:02d}h"


def pace(seconds: float) -> str:
    """``0.8 s`` for what :func:`duration` would round away, else as it says."""
    return f"{seconds:.2g} s" if seconds < 9.95 else duration(seconds)


def size(count: float | None) -> str:
    """Bytes in binary units with three digits at most: ``812 MiB``, ``3.4 GiB``."""
    if count is None or not math.isfinite(count):
        return MISSING
    value = float(count)
    units = iter(("B", "KiB", "MiB", "GiB"))
    unit = next(units)
    while abs(value) >= 999.5:
        value, unit = value / 1024, next(units, "TiB")
        if unit == "TiB":
            break
    return f"{value:.0f} {unit}" if unit == "B" or abs(value) >= 99.95 else f"{value:.1f} {unit}"
