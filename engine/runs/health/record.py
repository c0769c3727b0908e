"""``health.json``: what was found in a run, and what was looked at without a finding. Written by the worker only."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from engine.runs import shapes
from engine.runs.events import Notice
from engine.runs.files import read_json, write_json
from engine.runs.folder import RunFolder
from engine.runs.health.change import Change
from engine.runs.health.finding import CODES, ONCE, Finding
from engine.runs.health.forgetting import Forgetting
from engine.runs.health.leaks import Leaks

NAME = "health.json"
MOST = 200
"""Findings that are kept; the oldest go first."""

T = TypeVar("T")


@dataclass(frozen=True)
class Health:
    """Findings oldest first; a check that was not made is None."""

    findings: tuple[Finding, ...] = ()
    leaks: Leaks | None = None
    forgetting: Forgetting | None = None
    change: Change | None = None
    curves: bool = False
    """Whether the whole course of the training was judged at its end."""

    @property
    def gravest(self) -> tuple[Finding, ...]:
        """Errors, then warnings, then information; of a level, in the order of :data:`CODES`, the newest first."""
        order, levels = list(CODES), ("error", "warning", "info")
        newest = sorted(self.findings, key=lambda one: -one.time)
        return tuple(sorted(newest, key=lambda one: (levels.index(one.level), order.index(one.code))))

    @property
    def concerns(self) -> tuple[Finding, ...]:
        """Those that are more than information, the gravest first, one of each code."""
        found: dict[str, Finding] = {}
        for one in self.gravest:
            if one.level != "info":
                found.setdefault(one.code, one)
        return tuple(found.values())


def read(run: RunFolder) -> Health:
    """What is known; damaged parts count as not there. Of a run from before there was such a file, nothing."""
    return of(read_json(run.path / NAME))


def of(values: Mapping[str, Any]) -> Health:
    """:func:`read` from the file's object."""
    found = []
    given = values.get("findings")
    for value in given if isinstance(given, list) else []:
        with contextlib.suppress(ValueError):
            finding = shapes.read(Finding, value)
            if finding.code in CODES:  # else of a newer version, whose meaning is not known here
                found.append(finding)
    return Health(
        tuple(found), _part(Leaks, values.get("leaks")), _part(Forgetting, values.get("forgetting")),
        _part(Change, values.get("change")), values.get("curves") is True,
    )  # fmt: skip


def recover(run: RunFolder) -> Health:
    """:func:`read`; of a run from before there was such a file, what its notices say. Reads all its events then."""
    if (run.path / NAME).exists():
        return read(run)
    told = (event for event in run.events() if isinstance(event, Notice) and event.code in CODES)
    return Health(tuple(Finding(event.level, event.code, event.text, time=event.time) for event in told))


def plain(health: Health) -> dict[str, Any]:
    """All of it as JSON takes it; the gravest finding first, a check that was not made null."""
    return {**asdict(health), "findings": [asdict(one) for one in health.gravest]}


def begin(run: RunFolder, resume: bool) -> None:
    """A worker begins: what an earlier attempt found is void unless this one goes on from it. Raises OSError."""
    if not resume:
        write_json(run.path / NAME, {"findings": []})


def add(run: RunFolder, finding: Finding) -> None:
    """Record ``finding``, in the place of one that says the same. Raises OSError."""
    values = read_json(run.path / NAME)
    if not finding.time:
        finding = replace(finding, time=time.time())
    kept = [one for one in of(values).findings if not _same(one, finding)]
    write_json(run.path / NAME, {**values, "findings": [asdict(one) for one in [*kept, finding][-MOST:]]})


def note(run: RunFolder, **checks: Any) -> None:
    """Record what a check saw: ``leaks``, ``forgetting``, ``change`` or ``curves``.

    A finding of an earlier look at the same is taken out: ``leaks`` that are gone are no longer told. Raises OSError.
    """
    values = read_json(run.path / NAME)
    void = {code for name in checks for code in _CODES_OF.get(name, ())}
    kept = [asdict(one) for one in of(values).findings if one.code not in void]
    plain = {name: check if isinstance(check, bool) else asdict(check) for name, check in checks.items()}
    write_json(run.path / NAME, {**values, **plain, "findings": kept})


_CODES_OF = {
    "leaks": ("leak", "leak-validation"), "forgetting": ("forgetting",), "change": ("unchanged",),
    "curves": ("underfitting",),
}  # fmt: skip


def _same(one: Finding, other: Finding) -> bool:
    """A resumed run goes through the steps after its checkpoint once more."""
    if one.code != other.code:
        return False
    return one.code in ONCE or one.evidence.get("step") == other.evidence.get("step")


def _part(kind: type[T], value: Any) -> T | None:
    try:
        return shapes.read(kind, value, lenient=True) if isinstance(value, dict) else None
    except ValueError:
        return None
