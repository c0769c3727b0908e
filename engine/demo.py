"""The demo: three runs of the built-in base on the built-in dialogues, to be compared."""

from __future__ import annotations

import contextlib

from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace


def create(place: Workspace) -> list[RunFolder]:
    """The demo's runs, queued, in the order in which they are to run.

    All are called after their presets, with the first number that none of the names has taken. Raises
    WorkspaceError when the workspace cannot be written.
    """
    from engine import forecast, presets, spec  # pydantic; whoever only may start a demo should not wait for it

    number = 1
    while any((place.path / _numbered(name, number)).exists() for name in presets.DEMO):
        number += 1
    runs = []
    for name in presets.DEMO:
        asked = spec.from_dict({"preset": name, "name": _numbered(name, number)})
        runs.append(run := place.create(asked))
        with contextlib.suppress(OSError):  # a run is not worth less without
            forecast.keep(run, forecast.current(asked, place))
    return runs


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"
