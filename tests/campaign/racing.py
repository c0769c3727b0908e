"""Several at once: launchers of one run, a launcher and someone who stops it, terminals."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from random import Random

from engine import launch
from engine.errors import DialtuneError
from engine.runs.events import Phase
from engine.runs.folder import RunFolder
from tests.campaign.ground import BOUND, Ground, Kept, until
from tests.campaign.killing import check_resumed, check_shown
from tests.campaign.trial import Kind, Trial


def together(jobs: list[Callable[[], object]]) -> list[object]:
    """What each of ``jobs`` gave, or the DialtuneError that it raised; all begin at the same moment."""
    gate = threading.Barrier(len(jobs))
    found: list[object] = [None] * len(jobs)

    def work(at: int) -> None:
        gate.wait()
        try:
            found[at] = jobs[at]()
        except Exception as error:
            found[at] = error

    threads = [threading.Thread(target=work, args=(at,)) for at in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(BOUND)
    return found


def check_one(found: list[object], trial: Trial) -> None:
    """Exactly one got it; the others were told so in a sentence."""
    got = [one for one in found if not isinstance(one, Exception)]
    trial.that(len(got) == 1, f"{len(got)} of {len(found)} launchers believe that they have it")
    odd = [one for one in found if isinstance(one, Exception) and not isinstance(one, DialtuneError)]
    trial.that(not odd, f"a launcher was not told in a sentence: {odd[:1]!r}")


def loadings(run: RunFolder) -> int:
    """How many workers began on ``run``."""
    return sum(isinstance(event, Phase) and event.name == "tokenising" for event in run.events())


def race_to_start(ground: Ground, rng: Random, trial: Trial) -> None:
    """Several launchers start, or resume, the same run at the same moment."""
    method = rng.choice(ground.methods)
    ground.finished(method)
    resuming = rng.random() < 0.5
    run = ground.copy(ground.broken_off(method, "training")) if resuming else ground.run(method)
    trial.where = "resumed" if resuming else "started"
    kept, before = Kept.of(run), loadings(run)
    found = together([lambda: launch.start(RunFolder(run.path), resume=resuming)] * rng.randrange(2, 6))
    check_one(found, trial)
    for one in found:
        if not isinstance(one, Exception) and one is not None:
            one.wait(timeout=BOUND)  # type: ignore[attr-defined]
    trial.that(loadings(run) == before + 1, f"{loadings(run) - before} workers worked on it")
    check_resumed(ground, run, kept, trial, method, exact=False)


def race_of_processes(ground: Ground, rng: Random, trial: Trial) -> None:
    """The same by commands in processes of their own."""
    method = rng.choice(ground.methods)
    ground.finished(method)
    run = ground.copy(ground.broken_off(method, "decoding"))
    trial.where = "resumed"
    kept, before = Kept.of(run), loadings(run)
    command = [sys.executable, "-m", "tui", "--workspace", str(run.path.parent), "resume", run.name, "--detach"]
    children = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(rng.randrange(2, 4))
    ]
    told = [(*child.communicate(timeout=BOUND), child.returncode) for child in children]
    trial.that([code for *_, code in told].count(0) == 1, f"exit codes {[code for *_, code in told]}")
    for out, err, code in told:
        trial.that(code in (0, 5) and "Traceback" not in out + err, f"a launcher says {code}: {err[-300:]}")
    until(run, lambda s: s.over)
    trial.that(loadings(run) == before + 1, f"{loadings(run) - before} workers worked on it")
    check_resumed(ground, run, kept, trial, method, exact=False)


def race_to_stop(ground: Ground, rng: Random, trial: Trial) -> None:
    """One starts a run that another stops, while a third kills it and a fourth renames or deletes it."""
    method = rng.choice(ground.methods)
    ground.finished(method)
    run = ground.run(method)
    others: dict[str, Callable[[], object]] = {
        "stop": lambda: launch.stop(RunFolder(run.path)),
        "force": lambda: launch.kill(RunFolder(run.path)),
        "rename": lambda: ground.dialtune(run, "rename", run.name, "other"),
    }
    who = rng.choice(list(others))
    trial.where = who

    def later() -> object:
        time.sleep(rng.random() * 0.2)
        return others[who]()

    found = together([lambda: launch.start(RunFolder(run.path)), later])
    for one in found:
        trial.that(not isinstance(one, Exception) or isinstance(one, DialtuneError), f"not a sentence: {one!r}")
    status = until(run, lambda s: s.over)
    trial.that(status.over, f"it is {status.state} for ever")
    if not isinstance(found[0], Exception):
        found[0].wait(timeout=BOUND)  # type: ignore[union-attr]
    check_shown(ground, run, trial, run.status().state)
    check_resumed(ground, run, Kept.of(run), trial, method, exact=False)


KINDS = (
    Kind("launchers race", 10, race_to_start),
    Kind("processes race", 3, race_of_processes),
    Kind("start and stop race", 6, race_to_stop),
)
