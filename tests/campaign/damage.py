"""Files that are not what was written: flipped bits, torn and truncated ends, blocks of zeros, files gone."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random

from engine import launch
from engine.errors import DialtuneError
from engine.runs.folder import RunFolder
from tests.campaign.ground import BOUND, Ground, Outcome, Told, end
from tests.campaign.trial import Kind, Trial

Damage = Callable[[Path, Random], str]
SAYS = re.compile(
    r"damaged|cannot be|not readable|unreadable|no readable|agree|missing|has no |no run |not one of", re.I
)
"""What a command says of files that are not as they should be."""
PASSING = {"path", "folder_bytes", "elapsed_seconds"}
"""Facts that depend on where a copy lies, or when it is looked at."""
UNSHOWN = ("worker.log", ".md", ".cache", "lock", "forecast.json", "remarks.json", "samples.json")
DIALOGUE = "Ana: Shall we meet at four?\nBo: Rather at five, the train is late.\nAna: Five it is.\n"


def flip(path: Path, rng: Random) -> str:
    """One bit."""
    data = bytearray(path.read_bytes())
    at = rng.randrange(len(data))
    data[at] ^= 1 << rng.randrange(8)
    path.write_bytes(data)
    return f"bit of byte {at}"


def truncate(path: Path, rng: Random) -> str:
    """The end is gone; now and then all of it."""
    size = path.stat().st_size
    left = rng.choice((0, rng.randrange(size), max(0, size - rng.randrange(1, 40))))
    with path.open("r+b") as file:
        file.truncate(left)
    return f"cut to {left} of {size}"


def zeros(path: Path, rng: Random) -> str:
    """A block of zeros, as a file system leaves it where power went before the data came."""
    data = bytearray(path.read_bytes())
    at = rng.choice((0, rng.randrange(len(data)), max(0, len(data) - 512)))
    part = data[at : at + rng.choice((16, 512, 4096))]
    data[at : at + len(part)] = bytes(len(part))
    path.write_bytes(data)
    return f"{len(part)} zeros at {at}"


def tear(path: Path, rng: Random) -> str:
    """The last line without its end, or with another one's begin in it."""
    data = path.read_bytes().rstrip(b"\n")
    last = data.rfind(b"\n") + 1
    cut = last + rng.randrange(len(data) - last + 1)
    path.write_bytes(data[:cut] + rng.choice((b"", b"\0" * 40, b"\xff\xfe\xfd", b'{"kind": "tra')))
    return f"last line torn at {cut - last}"


def remove(path: Path, rng: Random) -> str:
    """It is not there."""
    path.unlink()
    return "removed"


WAYS: dict[str, Damage] = {"flip": flip, "truncate": truncate, "zeros": zeros, "tear": tear, "remove": remove}


def files(run: RunFolder) -> list[Path]:
    """All files of ``run`` that have something in them."""
    return sorted(path for path in run.path.rglob("*") if path.is_file() and path.stat().st_size)


def strike_file(run: RunFolder, way: str, rng: Random, trial: Trial) -> Path:
    """Damage a random file: first one of what lies in the run's folder is drawn, then a file in that."""
    groups: dict[str, list[Path]] = {}
    for path in files(run):
        groups.setdefault(path.relative_to(run.path).parts[0], []).append(path)
    trial.where = rng.choice(list(groups))
    path = rng.choice(groups[trial.where])
    trial.notes.append(f"{path.relative_to(run.path)}: {WAYS[way](path, rng)}")
    return path


# -- a finished run, looked at ---------------------------------------------------------------------


def look(ground: Ground, run: RunFolder) -> list[Told]:
    """All that the commands show of a run, the exact figures last."""
    commands = [
        ("runs",), ("show", run.name), ("logs", run.name), ("board",), ("compare", run.name),
        ("runs", "--format", "json"), ("show", run.name, "--format", "json"), ("board", "--format", "json"),
        ("compare", run.name, "--format", "json"),
    ]  # fmt: skip
    return [ground.dialtune(run, *command) for command in commands]


def figures(told: Told) -> object:
    """What a command in JSON says, less what differs between copies anyhow."""
    try:
        found = json.loads(told.out)
    except ValueError:
        return None
    if isinstance(found, dict):
        return {key: value for key, value in found.items() if key not in PASSING}
    return found


def look_at_damage(ground: Ground, rng: Random, trial: Trial, way: str) -> None:
    """A finished run with a damaged file: it shows what it showed, or says that something is wrong."""
    finished, _ = ground.finished(rng.choice(ground.methods))
    before = look(ground, finished)
    run = ground.copy(finished)
    path = strike_file(run, way, rng, trial)
    after = look(ground, run)
    trial.broken += [told.sane for told in after if told.sane]
    changed = [
        " ".join(now.arguments) for was, now in zip(before, after, strict=True)
        if "json" in now.arguments and figures(was) != figures(now)
    ]  # fmt: skip
    said = any(SAYS.search(told.err + (told.out if told.code else "")) for told in after)
    checked = ground.dialtune(run, "check", run.name)
    if "no command" not in checked.err:
        trial.that(not checked.sane, checked.sane)
        said = said or checked.code != 0
    if changed and not any(word in path.name for word in UNSHOWN):
        trial.that(said, f"{trial.notes[-1]}: {', '.join(changed)} changed and nothing says why")


def ask_damaged_model(ground: Ground, rng: Random, trial: Trial) -> None:
    """A finished run whose model is damaged summarises as before, or refuses."""
    method = rng.choice(ground.methods)
    finished, _ = ground.finished(method)
    text = ground.folder / "dialogue.txt"
    text.write_text(DIALOGUE)
    before = ground.dialtune(finished, "summarize", finished.name, str(text))
    run = ground.copy(finished)
    path = rng.choice([path for path in files(run) if path.is_relative_to(run.model_path)])
    way = rng.choice(["flip", "flip", "truncate", "zeros", "remove"])
    trial.where = path.name
    trial.notes.append(f"{path.name}: {WAYS[way](path, rng)}")
    after = ground.dialtune(run, "summarize", run.name, str(text))
    trial.that(not after.sane, f"{trial.notes[-1]}: {after.sane}")
    same = after.out == before.out and after.code == before.code == 0
    trial.that(same or after.code, f"{trial.notes[-1]}: another summary, and nothing says why")


# -- a broken-off run, resumed ---------------------------------------------------------------------


def resume_damaged(ground: Ground, rng: Random, trial: Trial) -> None:
    """A run that broke off and was damaged besides: resumed it ends as it should, or says what is wrong."""
    method, phase = rng.choice(ground.methods), rng.choice(("training", "training", "decoding"))
    undisturbed = ground.finished(method)[1]
    run = ground.copy(ground.broken_off(method, phase))
    way = rng.choice(list(WAYS))
    path = strike_file(run, way, rng, trial)
    trial.broken += [told.sane for told in look(ground, run) if told.sane]
    if run.status().state == "finished":
        trial.notes.append("it was over")
        return
    try:
        worker = launch.start(run, resume=run.status().state != "queued")
    except DialtuneError as error:
        trial.notes.append(f"refused: {error}")
        return
    try:
        worker.wait(timeout=BOUND)
    except subprocess.TimeoutExpired:
        trial.that(False, f"{trial.notes[0]}: it hangs")
        end(run, worker)
        return
    status = run.status()
    trial.that(status.over, f"{trial.notes[0]}: its worker has gone, and it is {status.state}")
    trial.broken += [told.sane for told in look(ground, run) if told.sane]
    if status.state == "finished":
        if path.name != "spec.toml":  # another spec is another run
            trial.broken += [f"{trial.notes[0]}: {text}" for text in Outcome.of(run).differs(undisturbed)]
    else:
        trial.that("fault of its own" not in status.reason, f"{trial.notes[0]}: {status.state}, {status.reason}")
        trial.notes.append(f"{status.state}: {status.reason}")


def _looking(way: str) -> Callable[[Ground, Random, Trial], None]:
    return lambda ground, rng, trial: look_at_damage(ground, rng, trial, way)


KINDS = (
    Kind("bit flip, looked at", 60, _looking("flip")),
    Kind("truncated, looked at", 16, _looking("truncate")),
    Kind("torn line, looked at", 10, _looking("tear")),
    Kind("zeros, looked at", 10, _looking("zeros")),
    Kind("file gone, looked at", 10, _looking("remove")),
    Kind("damaged model, asked", 10, ask_damaged_model),
    Kind("damaged, resumed", 24, resume_damaged),
)
