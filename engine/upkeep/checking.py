"""``dialtune check``: reads all of a run folder and says what is damaged and what can be saved. Changes nothing."""

from __future__ import annotations

import os
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.errors import DialtuneError
from engine.runs import checkpoints, checksums, shapes, state, versions
from engine.runs.events import FORMAT, Event, decode, unknown
from engine.runs.files import parse_json
from engine.runs.folder import BALLAST, Prediction, RunFolder, Status
from engine.runs.wholeness import altered

Level = Literal["fine", "note", "damaged"]
Repair = Literal["", "lines", "aside", "remove", "status"]

LEFT = (".model", ".old-model", BALLAST)
"""What a worker was writing or replacing, or kept for as long as it worked."""
JSON_FILES = ("manifest.json", "scores.json", "import.json", "remarks.json", "forecast.json", "samples.json")
PICKLES = (".bin", ".pt", ".pth", ".pkl", ".ckpt")


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    file: str
    """Relative to the run's folder; empty for the run as a whole."""
    level: Level
    text: str
    saved: str = ""
    """What can be saved and how, of something damaged."""
    repair: Repair = ""
    """How ``--repair`` mends it; empty where it does not."""


@dataclass(frozen=True)
class Report:
    """All that was found in one run."""

    run: str
    state: str
    findings: tuple[Finding, ...]

    @property
    def damaged(self) -> bool:
        """Whether anything is."""
        return any(finding.level == "damaged" for finding in self.findings)


def check(run: RunFolder) -> Report:
    """Read every file of ``run``; checksums make it read the weights too. Blocks. Never raises."""
    now = state.settled(run)
    if found := versions.newer(run):
        text = f"Of version {max(found.values())}, which a newer dialtune writes: this one cannot check it."
        return Report(run.name, now.state, (Finding(", ".join(found), "note", text, "Update dialtune"),))
    at_work = now.state in ("running", "queued")
    findings = [
        *_state(run, now), *_spec(run), *_small(run, now), *_events(run, at_work), *_predictions(run, now),
        *_checkpoints(run, now), *_model(run, now), *_strays(run, at_work), *_altered(run),
    ]  # fmt: skip
    return Report(run.name, now.state, tuple(findings))


def _state(run: RunFolder, now: Status) -> Iterator[Finding]:
    try:
        values = parse_json((run.path / "status.json").read_text(encoding="utf-8"))
        shapes.read(Status, values)
    except (OSError, ValueError) as error:
        why = "It is missing." if isinstance(error, FileNotFoundError) else f"It cannot be read: {_short(error)}."
        saved = "Its events say how far the run came: --repair writes a new one from them"
        yield Finding("status.json", "damaged", why, saved, "status")
        return
    if now.state == "lost":
        yield Finding("status.json", "note", f"The run is lost. {now.reason}", f"`dialtune resume {run.name}` goes on")
    else:
        yield Finding("status.json", "fine", f"The run is {now.state}.")


def _altered(run: RunFolder) -> Iterator[Finding]:
    """What can be read, but says something else than was written."""
    for name in altered(run, ("status.json", *JSON_FILES)):
        saved = {
            "predictions.jsonl": "Which line it is cannot be told; where the run was copied from may have it whole",
            "spec.toml": "Changed by hand, or damaged: a resumed run takes it as it is now",
            "scores.json": f"--repair sets it aside; `dialtune resume {run.name}` then scores the summaries anew",
        }.get(name, "Where the run was copied from may have it whole")
        repair: Repair = "aside" if name == "scores.json" else ""
        yield Finding(name, "damaged", "Something in it is not what was written.", saved, repair)


def _spec(run: RunFolder) -> Iterator[Finding]:
    path = run.path / "spec.toml"
    try:
        if run.imported:
            tomllib.loads(path.read_text(encoding="utf-8"))
        else:
            run.spec()
    except (DialtuneError, OSError, ValueError) as error:
        saved = "Summaries and scores can be read; to resume it, write the spec anew (a run made alike has one)"
        yield Finding("spec.toml", "damaged", _short(error), saved)
    else:
        yield Finding("spec.toml", "fine", "It can be read.")


def _small(run: RunFolder, now: Status) -> Iterator[Finding]:
    for name in JSON_FILES:
        path = run.path / name
        if not path.is_file():
            continue
        try:
            values = parse_json(path.read_text(encoding="utf-8"))
            if not isinstance(values, list if name == "samples.json" else dict):
                raise ValueError("it is no object")
        except (OSError, ValueError) as error:
            saved = f"`dialtune resume {run.name}` writes it anew" if name in ("scores.json", "manifest.json") else ""
            yield Finding(name, "damaged", f"It cannot be read: {_short(error)}.", saved or "Nothing needs it", "aside")
        else:
            yield Finding(name, "fine", "It can be read.")
    if now.state == "finished" and not (run.path / "manifest.json").is_file():
        saved = f"`dialtune resume {run.name}` writes it anew"
        yield Finding("manifest.json", "damaged", "It is missing.", saved)
    if now.state == "finished" and not (run.path / "scores.json").is_file() and _referenced(run):
        yield Finding("scores.json", "damaged", "It is missing.", f"`dialtune resume {run.name}` scores the summaries")


def _events(run: RunFolder, at_work: bool) -> Iterator[Finding]:
    if not run.events_path.is_file():
        status = run.status()
        worked = status.took or status.step or status.state == "finished"  # one may end before its first word
        if worked and not run.imported:
            yield Finding("events.jsonl", "damaged", "It is missing.", "Summaries and scores are kept; curves are gone")
        return
    kinds: Counter[str] = Counter()

    def read(line: str) -> bool:
        event: Event | None = decode(line)
        kind = event.kind if event is not None else "?" if unknown(line) else ""
        if not kind and not _header(line):
            return False
        kinds[kind or FORMAT] += 1
        return True

    yield from _lines(run.events_path, read, at_work, "The other lines are read; curves lack what it said")
    strange, known = kinds.pop("?", 0), sum(kinds.values()) - kinds.get(FORMAT, 0)
    more = f", and {strange:,} of kinds that this dialtune does not know" if strange else ""
    yield Finding("events.jsonl", "note" if strange else "fine", f"{known:,} events{more}.")


def _predictions(run: RunFolder, now: Status) -> Iterator[Finding]:
    ids: Counter[str] = Counter()

    def read(line: str) -> bool:
        try:
            ids[shapes.read(Prediction, parse_json(line)).id] += 1
        except ValueError:
            return False
        return True

    if run.predictions_path.is_file():
        saved = "The other summaries are kept; a resumed run decodes those that lack"
        yield from _lines(run.predictions_path, read, now.state in ("running", "queued"), saved)
    tables = run.manifest().get("data")
    splits = tables.get("splits") if isinstance(tables, dict) else None
    test = splits.get("test") if isinstance(splits, dict) else None
    wanted = test.get("examples") if isinstance(test, dict) else None
    if now.state == "finished" and isinstance(wanted, int) and len(ids) < wanted:
        text = f"{wanted - len(ids):,} of {wanted:,} summaries are missing."
        yield Finding("predictions.jsonl", "damaged", text, f"`dialtune resume {run.name}` decodes those")
    elif ids:
        twice = sum(count > 1 for count in ids.values())
        text = f"{len(ids):,} summaries" + (f", {twice:,} of them written twice: the last counts." if twice else ".")
        yield Finding("predictions.jsonl", "note" if twice else "fine", text)


def _lines(path: Path, read: Any, at_work: bool, saved: str) -> Iterator[Finding]:
    """What is wrong with the lines of a file; ``read`` says of each whether it can be understood."""
    bad, last = 0, b"\n"
    try:
        with path.open("rb") as file:
            for last in file:
                if last.endswith(b"\n") and last != b"\n":
                    bad += not read(last[:-1].decode("utf-8", "replace"))
    except OSError as error:
        yield Finding(path.name, "damaged", f"It cannot be read: {_short(error)}.")
        return
    if bad:
        yield Finding(path.name, "damaged", f"{bad:,} of its lines cannot be read.", saved, "lines")
    if not last.endswith(b"\n") and not at_work:
        yield Finding(path.name, "damaged", "Its last line is torn.", saved, "lines")


def _checkpoints(run: RunFolder, now: Status) -> Iterator[Finding]:
    folder = run.checkpoints_path
    good = []
    for path in reversed(checkpoints.whole(folder)):
        name = f"checkpoints/{path.name}"
        if wrong := checksums.problems(path):
            yield Finding(name, "damaged", f"{_listed(wrong)}.", "A resumed run uses the one before it", "aside")
        elif not checksums.summed(path):
            good.append(path)
            yield Finding(name, "note", "It is of an older version and has no checksums: it cannot be verified.")
        else:
            good.append(path)
            yield Finding(name, "fine", "All its files are what was written.")
            yield from _best(run, path)
    if now.state in ("stopped", "failed", "lost") and now.step and not good:
        yield Finding("checkpoints", "note", "There is no good checkpoint.", "A resumed run begins anew")
    for path in sorted(folder.glob("*")) if folder.is_dir() else ():
        unfinished = path.name.startswith("checkpoint-") and not (path / checkpoints.COMPLETE).is_file()
        if path.name.startswith(checkpoints.DAMAGED):
            yield Finding(f"checkpoints/{path.name}", "note", "It is damaged and was set aside.", "`dialtune gc`")
        elif unfinished and now.state not in ("running", "queued"):
            yield Finding(f"checkpoints/{path.name}", "note", "It was not wholly written.", "It is not used", "remove")


def _best(run: RunFolder, path: Path) -> Iterator[Finding]:
    best = checkpoints.best_of(checkpoints.state(path))
    weights, wanted = best.get("weights"), best.get("sha256")
    if not isinstance(weights, str) or not weights or "/" in weights:
        return
    name = f"checkpoints/{checkpoints.BEST}/{weights}"
    try:
        same = checksums.digest(run.path / name) == wanted
    except OSError as error:
        same, why = False, "It is missing." if isinstance(error, FileNotFoundError) else f"{_short(error)}."
    else:
        why = "It is not what was written."
    if not same:
        yield Finding(name, "damaged", why, f"The run resumed from {path.name} ends with its last weights")


def _model(run: RunFolder, now: Status) -> Iterator[Finding]:
    folder = run.model_path
    learnt = bool(run.manifest().get("trained"))
    if not folder.is_dir():
        if learnt:
            yield Finding("model", "damaged", "It is missing.", f"`dialtune resume {run.name}` makes it anew")
        return
    wrong = checksums.problems(folder)
    if not (folder / "README.md").is_file():
        wrong = wrong or ["it was not wholly written"]
    if wrong:
        saved = f"`dialtune resume {run.name}` learns it again from the last checkpoint"
        yield Finding("model", "damaged", f"{_listed(wrong)}.", saved, "" if now.state == "running" else "aside")
    elif not checksums.summed(folder):
        yield Finding("model", "note", "It is of an older version and has no checksums: it cannot be verified.")
    else:
        yield Finding("model", "fine", "All its files are what was written.")


def _strays(run: RunFolder, at_work: bool) -> Iterator[Finding]:
    for folder, folders, names in os.walk(run.path):
        for name in (*folders, *names):
            path = Path(folder, name)
            place = str(path.relative_to(run.path))
            if path.is_symlink():
                yield Finding(
                    place, "damaged", "It is a link; dialtune makes none.", "It may lead anywhere: look first"
                )
            elif name in names and path.suffix in PICKLES and not place.startswith("checkpoints/"):
                yield Finding(place, "note", "A pickle may run code when it is loaded: dialtune never loads it.")
    if not at_work:
        for path in leftovers(run):
            place = str(path.relative_to(run.path))
            yield Finding(place, "note", "A worker was writing it when it ended.", "Nothing needs it", "remove")


def leftovers(run: RunFolder) -> list[Path]:
    """What workers that ended in the middle of something left in a run's folder."""
    found = [run.path / name for name in LEFT if (run.path / name).exists()]
    drafts = [path for path in run.path.glob(".*.*") if path.is_file() and path.name.startswith(_TEMPORARY)]
    return [*found, *drafts, *run.checkpoints_path.glob(f"{checkpoints.DRAFT}*")]


_TEMPORARY = tuple(f".{name}." for name in (*JSON_FILES, "status.json", "queue.json", "spec.toml", "predictions.jsonl"))


def _referenced(run: RunFolder) -> bool:
    """Whether there are summaries that could be scored."""
    predictions = run.predictions()
    return bool(predictions) and all(prediction.references for prediction in predictions.values())


def _header(line: str) -> bool:
    try:
        values = parse_json(line)
    except ValueError:
        return False
    return isinstance(values, dict) and values.get("kind") == FORMAT


def _listed(wrong: list[str]) -> str:
    more = f" and {len(wrong) - 2} more" if len(wrong) > 2 else ""
    return "; ".join(wrong[:2]) + more


def _short(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split())[:200].rstrip(".")


def status_from_events(run: RunFolder) -> Status:
    """A status for a run that has lost its own, from what its events and its files say."""
    ended = started = 0.0
    reason, step, final = "", 0, "failed"
    for event in run.events():
        started = started or event.time
        ended = event.time
        if event.kind == "ended":
            said = getattr(event, "state", "")
            final = said if said in ("finished", "stopped", "failed") else "failed"
            reason = getattr(event, "reason", "")
        elif event.kind == "train":
            final, step = "failed", getattr(event, "step", 0)
    if not started:
        return Status(created=_created(run))
    reason = reason or "Its status was lost; this one is made from its events."
    created = _created(run) or started
    best = checkpoints.best_of(checkpoints.state(last[-1])) if (last := checkpoints.whole(run.checkpoints_path)) else {}
    metrics = best.get("metrics")
    figures = {key: float(value) for key, value in metrics.items()} if isinstance(metrics, dict) else {}
    return Status(
        state=final, created=created, started=started, ended=ended, step=step, reason=reason, best=figures,  # type: ignore[arg-type]
        attempt=run.attempts(), exit_code=0 if final == "finished" else 7,
    )  # fmt: skip


def _created(run: RunFolder) -> float:
    try:
        return (run.path / "spec.toml").stat().st_mtime
    except OSError:
        return 0.0
