"""What a run used: hours at work and energy, from the readings in its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.results.facts import at, figure
from engine.runs.files import LineCursor, parse_json
from engine.runs.folder import RunFolder

GAP_SECONDS = 30.0
"""Readings come about once a second; further apart, the run stood still or was resumed later."""


@dataclass(frozen=True)
class Usage:
    """What readings add up to."""

    seconds: float = 0.0
    """Between readings, standstills left out."""
    joules: float | None = None
    """Of the GPUs that the run used, whoever else used them too; None where no reading has their power."""


def usage(run: RunFolder) -> Usage:
    """Time and energy of all of the run's attempts. Power is integrated by the trapezoidal rule. Blocks."""
    seconds, joules, measured = 0.0, 0.0, False
    last: tuple[float, float | None] | None = None
    for line in LineCursor(run.events_path).read():
        if '"resources"' not in line[:40]:  # the kind stands first in a line; most lines are of other kinds
            continue
        try:
            values = parse_json(line)
        except ValueError:
            continue
        if at(values, "kind") != "resources" or (now := figure(values, "time")) is None:
            continue
        power = _power(values.get("devices"))
        if last is not None and 0 < now - last[0] <= GAP_SECONDS:
            seconds += now - last[0]
            if power is not None and last[1] is not None:
                joules += (now - last[0]) * (power + last[1]) / 2
                measured = True
        last = (now, power)
    return Usage(seconds, joules if measured else None)


def _power(devices: Any) -> float | None:
    """Watts of the GPUs that hold something of the run's; of the only one there is, if nothing says whose it is."""
    readings = [device for device in devices if isinstance(device, Mapping)] if isinstance(devices, list) else []
    used = [d for d in readings if (figure(d, "allocated") or 0) > 0 or (figure(d, "process_memory") or 0) > 0]
    if not used and len(readings) == 1 and all(figure(readings[0], k) is None for k in ("allocated", "process_memory")):
        used = readings
    powers = [figure(device, "power") for device in used]
    known = [power for power in powers if power is not None]
    return float(sum(known)) if known and len(known) == len(powers) else None


def hours(run: RunFolder, used: Usage) -> float | None:
    """How long the run held its machine: by its readings, or by its phases or its clock where those say more."""
    status = run.status()
    phases = at(run.manifest(), "seconds")
    by_phase = sum(value for key in phases if (value := figure(phases, key)) is not None) if phases else 0.0
    by_clock = 0.0 if by_phase else status.elapsed() or 0.0
    seconds = max(used.seconds, by_phase, by_clock)
    return seconds / 3600 if seconds > 0 else None
