"""Where a run will compute: the device a worker would choose, what is free there, and in which numbers."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.forecast.past import Past
from engine.hardware import Machine
from engine.results.facts import word

_FAST_BFLOAT16 = {"amx_bf16", "avx512_bf16", "bf16"}
"""Flags of CPUs that multiply bfloat16 faster than float32 (the last one is Arm's)."""


@dataclass(frozen=True)
class Place:
    """A device. Bytes."""

    kind: str
    """``cuda``, ``mps`` or ``cpu``."""
    name: str
    free: int
    total: int

    @property
    def words(self) -> str:
        """The device for a sentence."""
        return self.name if self.kind == "cuda" else "this machine's memory"


def choose(machine: Machine) -> Place:
    """The device that a worker takes on ``machine``: its first GPU, else its processors."""
    if machine.gpus:
        first = machine.gpus[0]
        return Place("cuda", first.name, max(first.memory_total - first.memory_used, 0), first.memory_total)
    kind = "mps" if sys.platform == "darwin" and platform.machine() == "arm64" else "cpu"
    return Place(kind, machine.cpu_name, machine.memory_available, machine.memory_total)


def same(place: Place, past: Past) -> bool:
    """Whether ``past`` ran on such a device. A CPU's manifest names only its make, so any CPU is the same."""
    return past.kind == place.kind and (place.kind != "cuda" or past.device == place.name)


def dtype(asked: str, place: Place, past: Sequence[Past] = ()) -> tuple[str, str]:
    """What ``train.dtype`` comes to there, and how that is known."""
    if asked != "auto":
        return asked, "as the spec asks"
    for run in past:
        if same(place, run) and run.dtype and (word(run.spec, "train", "dtype") or "auto") == "auto":
            return run.dtype, f"as in the run {run.name}"
    if place.kind == "cuda":
        return "bfloat16", "what GPUs since 2020 compute"
    if place.kind == "cpu" and cpu_flags() & _FAST_BFLOAT16:
        return "bfloat16", "this CPU has instructions for it"
    return "float32", "this device is not faster with bfloat16"


def cpu_flags() -> frozenset[str]:
    """What the processor can do, in the kernel's words; nothing where the kernel does not tell."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip().lower() in ("flags", "features"):
                return frozenset(value.split())
    except OSError:
        pass
    return frozenset()
