"""A queue without processes: who was started where, and workers that end when they are told to."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.hardware import Devices
from engine.runs import turns
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests.unit.run_factory import queued
from tests.unit.test_hardware import FakeNvml


class Starts:
    """Stands in for launching: remembers who was started where, with workers that end when they are told to."""

    def __init__(self) -> None:
        self.given: list[tuple[str, dict[str, str]]] = []
        self.workers: dict[str, Any] = {}
        self.runs: dict[str, RunFolder] = {}

    def __call__(self, run: RunFolder, environment: Mapping[str, str]) -> Any:
        self.given.append((run.name, dict(environment)))
        run.write_status(replace(run.status(), state="running", started=time.time()))
        turns.drop(run)
        self.workers[run.name], self.runs[run.name] = FakePopen(), run
        return self.workers[run.name]

    def end(self, name: str) -> None:
        run = self.runs[name]
        run.write_status(replace(run.status(), state="finished", ended=time.time()))
        self.workers[name].code = 0

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.given]


class FakePopen:
    def __init__(self) -> None:
        self.code: int | None = None

    def poll(self) -> int | None:
        return self.code


def no_gpus() -> Devices:
    return Devices(FakeNvml(broken=("nvmlInit",)))


def waiting(place: Workspace, *names: str) -> None:
    for name in names:
        queued(place.path, name)
    turns.add(place, list(names))


def line(place: Workspace) -> list[str]:
    """Who waits, the next one first."""
    return [run.name for run, _ in turns.waiting(place)]
