"""A probe: a worker process that trains a few steps of a spec and decodes a few dialogues, and says how that went.

It writes nothing but one line of JSON, and ends when the process that started it does.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import BY_EXIT_CODE, DialtuneError, RunFailed
from engine.launch import worker_environment
from engine.results.facts import at, figure, word
from engine.runs import lineage
from engine.runs.files import parse_json
from engine.spec import RunSpec, to_dict, to_toml


@dataclass(frozen=True)
class Probed:
    """What a probe measured. Seconds and bytes."""

    device: str
    """``cuda``, ``mps`` or ``cpu``."""
    dtype: str
    trainable: int
    total: int
    """Parameters, adapters included."""
    load_seconds: float
    seconds_per_step: float | None
    """An optimizer step on batches of usual length; None for zero-shot."""
    seconds_per_token: float | None
    tokens_per_example: float
    """Mean source and target tokens of the training examples."""
    seconds_per_summary: float | None
    peak_memory: int
    """Of the device where there is one, else of the process."""
    examples: Mapping[str, int] = field(default_factory=dict)
    """By split, as a run will have them."""


def key(spec: RunSpec) -> str:
    """What a probe's figures hold for: specs with the same key may share them."""
    values = to_dict(spec)
    train = values["train"]
    names = ("method", "base", "data", "prompt", "lora", "decode", "few_shot", "soft_prompt")
    own = [train[name] for name in ("dtype", "batch_size", "optimizer", "gradient_checkpointing")]
    return json.dumps([*(values[name] for name in names), *own], sort_keys=True)


class Probe:
    """One probe at work. :meth:`result` waits in the caller's thread; :meth:`cancel` may come from another."""

    def __init__(self, spec: RunSpec, home: Path | None = None) -> None:
        """Start it; ``home``: the workspace's folder, where ``base.from_run`` is.

        Raises BaseError when that run is missing, RunFailed when no process can be started.
        """
        self.spec = spec
        self.cancelled = False
        spec = lineage.absolute(spec, home)
        self._folder = tempfile.TemporaryDirectory(prefix="dialtune-probe-")
        path = Path(self._folder.name) / "spec.toml"
        try:
            path.write_text(to_toml(spec), encoding="utf-8")
            self._process = subprocess.Popen(
                [sys.executable, "-m", "engine.worker.measure", str(path), "--end-with-stdin"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                start_new_session=True, env=worker_environment(), cwd=Path(__file__).parents[2],
            )  # fmt: skip
        except OSError as error:
            self._folder.cleanup()
            raise RunFailed("The probe cannot be started", str(error)) from None

    def result(self) -> Probed | None:
        """Wait for its end. None when it was cancelled; raises the error that it met."""
        try:
            stdout = self._process.stdout
            lines = stdout.read().decode("utf-8", "replace").splitlines() if stdout else []
            code = self._process.wait()
        finally:
            self._close()
        if self.cancelled:
            return None
        return read(lines[-1] if lines else "", code)

    def cancel(self) -> None:
        """End it and what it started, at once; it has nothing to put in order."""
        self.cancelled = True
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._folder.cleanup()


def read(line: str, code: int) -> Probed:
    """What the probe's last ``line`` says. Raises the DialtuneError it tells of, or RunFailed when it tells nothing."""
    try:
        values: Any = parse_json(line)
    except ValueError:
        values = None
    if isinstance(told := at(values, "error"), Mapping):
        kind = BY_EXIT_CODE.get(code, RunFailed)
        raise kind(*(word(told, part) for part in ("happened", "why", "todo")))
    needed = ("trainable", "total", "load_seconds", "tokens_per_example", "peak_memory")
    found = {name: figure(values, name) for name in needed}
    if code or None in found.values():
        why = "It was killed, perhaps because memory ran out" if code < 0 else f"Its exit code is {code}"
        raise RunFailed("The probe ended without a figure", why, "Try smaller batches")
    counts = at(values, "examples")
    splits = counts if isinstance(counts, Mapping) else {}
    return Probed(
        device=word(values, "device"),
        dtype=word(values, "dtype"),
        trainable=int(found["trainable"]),
        total=int(found["total"]),
        load_seconds=float(found["load_seconds"]),
        seconds_per_step=figure(values, "seconds_per_step"),
        seconds_per_token=figure(values, "seconds_per_token"),
        tokens_per_example=float(found["tokens_per_example"]),
        seconds_per_summary=figure(values, "seconds_per_summary"),
        peak_memory=int(found["peak_memory"]),
        examples={split: int(n) for split in splits if (n := figure(splits, split)) is not None},
    )


def measure(spec: RunSpec, home: Path | None = None) -> Probed:
    """Probe ``spec`` and wait. Ctrl-C ends it. Raises DialtuneError."""
    probe = Probe(spec, home)
    try:
        found = probe.result()
    except KeyboardInterrupt:
        probe.cancel()
        raise
    if found is None:
        raise DialtuneError("The probe was cancelled")
    return found
