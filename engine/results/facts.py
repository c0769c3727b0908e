"""Facts of one run, read leniently: a run that is unfinished, damaged or from a newer version still has some."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import SpecError
from engine.runs.files import read_json
from engine.runs.folder import RunFolder


def asked(run: RunFolder) -> dict[str, Any]:
    """The run's spec as plain tables, not validated (which would cost a table of runs its speed); empty if damaged."""
    try:
        return tomllib.loads((run.path / "spec.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # both decoding errors are ValueErrors
        return {}


def task(run: RunFolder) -> str:
    """The name of the run's task; the usual one where its spec names none."""
    from engine import tasks  # the list of runs does not wait for it

    return word(asked(run), "task") or tasks.USUAL


def at(values: Any, *keys: str) -> Any:
    """``values[key][key]...``, or None where the way ends."""
    for key in keys:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


def figure(values: Any, *keys: str) -> Any:
    """:func:`at`, but only a finite number counts."""
    found = at(values, *keys)
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        return None
    return found


def word(values: Any, *keys: str) -> str:
    """:func:`at`, but only text counts; empty otherwise."""
    found = at(values, *keys)
    return found if isinstance(found, str) else ""


def one_task(runs: Sequence[RunFolder]) -> str:
    """The task of all ``runs``; the usual one without any. Raises SpecError where there are several."""
    from engine import tasks

    found: dict[str, str] = {}
    for run in runs:
        found.setdefault(task(run), run.name)
    if len(found) > 1:
        each = ", ".join(f"{name} is {what}" for what, name in found.items())
        raise SpecError("Runs of different tasks cannot be compared", each, "Name runs of one task")
    return next(iter(found), tasks.USUAL)


def labelled(runs: Sequence[RunFolder]) -> bool:
    """Whether all ``runs`` give labels rather than texts. Raises SpecError where they are of several tasks."""
    from engine import tasks

    common = tasks.of(one_task(runs))
    return common is not None and common.target_kind == "class"


def of_one_task(runs: Sequence[RunFolder], wanted: str = "") -> tuple[list[RunFolder], dict[str, list[RunFolder]]]:
    """Those of ``runs`` whose task is ``wanted`` (by default the first one's), and the others by task."""
    from engine import tasks

    by_task: dict[str, list[RunFolder]] = {}
    for run in runs:
        by_task.setdefault(task(run), []).append(run)
    chosen = wanted or next(iter(by_task), tasks.USUAL)
    return by_task.pop(chosen, []), by_task


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """``{"train": {"epochs": 2}}`` as ``{"train.epochs": 2}``."""
    result: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            result |= flat(value, f"{prefix}{key}.")
        else:
            result[prefix + key] = value
    return result


def differences(spec: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Fields of a plain ``spec`` that differ from its preset (else from the defaults): value and usual value.

    A preset that this version does not know counts as none.
    """
    from engine import presets
    from engine.spec import RunSpec, merge, to_dict

    usual = to_dict(RunSpec())
    name = spec.get("preset")
    if isinstance(name, str) and name in presets.PRESETS:
        usual = merge(usual, presets.PRESETS[name].values)
    known, given = flat(usual), flat(spec)
    result = {}
    for key in dict.fromkeys((*known, *given)):
        was, now = _plain(known.get(key)), _plain(given.get(key))
        if key not in ("name", "preset") and was != now:
            result[key] = {"value": now, "usual": was}
    return result


def facts(run: RunFolder) -> dict[str, Any]:
    """All that is worth knowing about ``run``, as plain exact values. Unknown parts are None or empty."""
    spec, manifest, scores, status = asked(run), run.manifest(), run.scores(), run.status()
    splits = at(manifest, "data", "splits")
    remarks = run.remarks()
    peak = {of: figure(manifest, "peak_memory", of) for of in ("process", "device")}
    return {
        "name": run.name,
        "path": str(run.path.resolve()),
        "note": remarks.note,
        "archived": remarks.archived,
        "state": status.state,
        "phase": status.phase,
        "step": status.step,
        "total_steps": status.total_steps,
        "created": status.created or None,
        "started": status.started or None,
        "ended": status.ended or None,
        "elapsed_seconds": status.elapsed(),
        "reason": status.reason,
        "exit_code": status.exit_code,
        "error": status.error,
        "best": status.best,
        "preset": word(spec, "preset") or None,
        "task": task(run) if spec else "",
        "method": word(spec, "method"),
        "base": word(spec, "base", "name"),
        "data": word(spec, "data", "source"),
        "differences": differences(spec) if spec and not run.imported else {},
        "imported": run.import_record() or None,
        "parameters": {key: figure(manifest, "parameters", key) for key in ("trainable", "total", "percent")},
        "splits": splits if isinstance(splits, dict) else {},
        "fingerprint": word(manifest, "data", "fingerprint") or None,
        "device": at(manifest, "device") or {},
        "versions": at(manifest, "versions") or {},
        "git": at(manifest, "git"),
        "seconds": at(manifest, "seconds") or {},
        "peak_memory": peak,
        "cost": {key: at(manifest, "cost", key) for key in ("amount", "currency")} if at(manifest, "cost") else None,
        "trackers": read_json(run.path / "trackers.json") or None,
        "saved_bytes": figure(manifest, "saved_bytes"),
        "folder_bytes": _size(run),
        "scores": scores,
    }


def parameters_line(facts: Mapping[str, Any]) -> str:
    """Trainable and all parameters in the course's words; empty while they are not known."""
    trainable, total, percent = (figure(facts, "parameters", key) for key in ("trainable", "total", "percent"))
    if trainable is None or total is None:
        return ""
    if percent is None:
        percent = 100 * trainable / total if total else 0.0
    return (
        f"trainable model parameters: {trainable}\nall model parameters: {total}\n"
        f"percentage of trainable model parameters: {percent:.2f}%"
    )


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _size(run: RunFolder) -> int | None:
    try:
        return run.size()
    except OSError:  # a file went away while we looked
        return None
