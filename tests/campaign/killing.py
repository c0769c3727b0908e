"""SIGKILL to the worker, the application or both, in every phase and at every file operation; SIGTERM, SIGSTOP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from random import Random
from typing import Any

from engine import launch
from engine.runs.events import TrainStep
from engine.runs.folder import RunFolder, Status
from tests import warm
from tests.campaign.ground import BOUND, Ground, Kept, Outcome, end, until
from tests.campaign.trial import Kind, Trial
from tests.e2e.terminal import Terminal

PHASES = ("loading", "tokenising", "training", "evaluating", "saving", "decoding", "scoring")
LONGEST = {"training": 1.2, "loading": 0.8, "decoding": 0.5, "evaluating": 0.3}
"""Seconds that a phase of these runs may last; others are over in an instant and struck when seen."""
WORDS = ("lost", "finished", "running", "failed", "stopped")


def strike_moment(run: RunFolder, rng: Random, trial: Trial) -> Status:
    """Wait for a random moment of a random phase; the status then."""
    aim = rng.choice(PHASES)
    nth = rng.randrange(3) if aim in ("training", "evaluating") else 0
    step = (0, 4, 8)[nth]
    until(run, lambda s: s.over or (s.phase == aim and s.step >= step and s.worker is not None), 60)
    if aim in LONGEST:
        time.sleep(rng.random() * LONGEST[aim])
    status = run.status()
    trial.where = status.phase if not status.over else "after the end"
    return status


def check_dead(run: RunFolder, trial: Trial) -> Status:
    """A run whose worker was killed says within seconds that it is not running."""
    status = until(run, lambda s: s.over, 10)
    trial.that(status.over, f"10 s after its worker's end the run is still {status.state}")
    return status


def check_resumed(ground: Ground, run: RunFolder, kept: Kept, trial: Trial, method: str, exact: bool = True) -> None:
    """Resume ``run`` to its end: what it had is still there, and its outcome is the undisturbed run's."""
    done = bool(run.manifest().get("trained"))
    before = len([event for event in run.events() if isinstance(event, TrainStep)])
    state = run.status().state
    if state != "finished":
        worker = launch.start(run, resume=state != "queued")
        try:
            worker.wait(timeout=BOUND)
        except subprocess.TimeoutExpired:
            trial.that(False, f"resumed, it hangs: {run.status()}")
            end(run, worker)
            return
    status = run.status()
    if not trial.that(status.state == "finished", f"resumed, it is {status.state}: {status.reason}"):
        return
    trial.broken += kept.lost(run)
    trial.broken += Outcome.of(run).differs(ground.finished(method)[1])
    if exact and not done:
        steps = [event.step for event in run.events() if isinstance(event, TrainStep)][before:]
        first = steps[0] if steps else kept.checkpoint + 1
        trial.that(first > kept.checkpoint, f"it went on at step {first} though step {kept.checkpoint} was kept")
    check_shown(ground, run, trial)


def check_shown(ground: Ground, run: RunFolder, trial: Trial, state: str = "finished") -> None:
    """The commands tell the state that the run is in, and no traceback."""
    listed = ground.dialtune(run, "runs", "--format", "csv")
    trial.that(state in listed.out, f"`runs` does not say {state}: {listed.out[-200:]}")
    for told in (listed, ground.dialtune(run, "show", run.name), ground.dialtune(run, "board")):
        trial.that(not told.sane, told.sane)


# -- the worker ------------------------------------------------------------------------------------


def kill_worker(ground: Ground, rng: Random, trial: Trial) -> None:
    """SIGKILL at a random moment of a random phase, up to three times over."""
    method = rng.choice(ground.methods)
    ground.finished(method)
    run = ground.run(method)
    worker = launch.start(run)
    strike_moment(run, rng, trial)
    end(run, worker)
    kept = Kept.of(run)
    check_dead(run, trial)
    check_shown(ground, run, trial, run.status().state)
    if rng.random() < 0.3 and run.status().state != "finished":  # and once more, while it makes up for it
        worker = launch.start(run, resume=True)
        time.sleep(rng.random() * 3)
        end(run, worker)
        trial.broken += kept.lost(run)
        kept = Kept.of(run)
    check_resumed(ground, run, kept, trial, method)


def kill_at_operation(ground: Ground, rng: Random, trial: Trial) -> None:
    """Power off before a random one of all operations on files, or half-way through a write."""
    method = rng.choice(ground.methods)
    ground.finished(method)
    run = ground.run(method)
    at = rng.randrange(1, 650)
    action = rng.choice(("kill", "half"))
    worker = launch.start(run, environment=ground.fault(run, "womnus", at, action))
    try:
        worker.wait(timeout=BOUND)
    except subprocess.TimeoutExpired:
        trial.that(False, "it hangs")
        end(run, worker)
    trial.where = run.status().phase if run.status().state != "finished" else "after the end"
    trial.notes.append(f"{action} at operation {at} of {ground.tally(run)}")
    kept = Kept.of(run)
    check_dead(run, trial)
    check_resumed(ground, run, kept, trial, method)


def ask_to_end(ground: Ground, rng: Random, trial: Trial) -> None:
    """SIGTERM, as a cluster sends it, or `dialtune stop`; then resume."""
    method = rng.choice(ground.methods)
    ground.finished(method)
    run = ground.run(method)
    worker = launch.start(run)
    strike_moment(run, rng, trial)
    if rng.random() < 0.5 or run.status().over:
        worker.terminate()
    else:
        told = ground.dialtune(run, "stop", run.name)
        trial.that(told.code in (0, 5) and not told.sane, f"`stop` says {told.code}: {told.err}")
    try:
        worker.wait(timeout=BOUND)
    except subprocess.TimeoutExpired:
        trial.that(False, "asked to end, it hangs")
        end(run, worker)
    kept = Kept.of(run)
    status = check_dead(run, trial)
    trial.that(status.state in ("stopped", "finished", "lost"), f"asked to end, it is {status.state}: {status.reason}")
    check_resumed(ground, run, kept, trial, method)


def freeze(ground: Ground, rng: Random, trial: Trial) -> None:
    """SIGSTOP for a while: a suspended laptop, a frozen cgroup."""
    method = rng.choice(ground.methods)
    ground.finished(method)
    run = ground.run(method)
    worker = launch.start(run)
    strike_moment(run, rng, trial)
    _group(worker, signal.SIGSTOP)
    limit = time.monotonic() + 1 + rng.random() * 3
    while time.monotonic() < limit:
        state = run.status().state
        if not trial.that(state in ("running", "finished"), f"frozen, not dead, it is shown as {state}"):
            break
        time.sleep(0.1)
    told = ground.dialtune(run, "runs")
    trial.that(not told.sane, told.sane)
    _group(worker, signal.SIGCONT)
    kept = Kept.of(run)
    try:
        worker.wait(timeout=BOUND)
    except subprocess.TimeoutExpired:
        trial.that(False, "thawed, it hangs")
        end(run, worker)
    trial.that(run.status().state == "finished", f"thawed, it is {run.status().state}: {run.status().reason}")
    check_resumed(ground, run, kept, trial, method)


def _group(worker: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(worker.pid, number)
    except ProcessLookupError:
        return


# -- the application -------------------------------------------------------------------------------


def application(ground: Ground, run: RunFolder, *arguments: str) -> Terminal:
    """The real application in a pseudo-terminal, whose workers are warm ones."""
    starter = subprocess.Popen
    state = run.path.parent.parent
    code = "from tui.cli import main; main()"
    if isinstance(starter, warm.Starter):
        code = (
            "import pathlib, subprocess; from tests import warm; "
            f"subprocess.Popen = warm.Starter(pathlib.Path({str(starter.folder)!r}), {os.getpid()}); " + code
        )
    started = ["-c", code, "--workspace", str(run.path.parent), *arguments]
    return Terminal(started, state, (100, 30), command=sys.executable)


def watched(terminal: Any, run: RunFolder, trial: Trial, rng: Random) -> None:
    """Resume ``run``, which broke off, from the application, and look at it live."""
    terminal.until(run.name, 60)
    terminal.type("r")
    status = until(run, lambda s: s.state == "running", 60)
    trial.that(status.state == "running", f"`r` has not resumed the run\n{terminal.text}")
    if rng.random() < 0.7:
        terminal.type("\r")
        terminal.settle(0.2)


def check_screen(terminal: Any, trial: Trial) -> None:
    """No traceback on the screen, nor anything printed that looks like one."""
    raw = bytes(terminal.raw)
    trial.that(b"Traceback" not in raw and b"Error:" not in raw, f"the terminal shows a traceback\n{terminal.text}")


def check_attached(ground: Ground, run: RunFolder, trial: Trial, state: str) -> None:
    """Another application opens, shows ``state``, and leaves as it came."""
    with application(ground, run) as terminal:
        try:
            terminal.until(lambda: run.name in terminal.text and state in terminal.text, 30)
        except AssertionError:
            trial.that(False, f"attached anew, it does not show that {run.name} is {state}\n{terminal.text}")
        terminal.type("Q")
        try:
            code = terminal.end(20)
            trial.that(code == 0, f"the application ends with {code}")
        except AssertionError:
            trial.that(False, f"the application does not end\n{terminal.text}")
        check_screen(terminal, trial)
        trial.that(terminal.restored, "the terminal is not as it was")


def kill_application(ground: Ground, rng: Random, trial: Trial) -> None:
    """SIGKILL to the application, or its terminal taken away, while its run is in any phase: the run goes on."""
    method = rng.choice(ground.methods)
    ground.finished(method)
    run = ground.copy(ground.broken_off(method))
    with application(ground, run) as terminal:
        watched(terminal, run, trial, rng)
        strike_moment(run, rng, trial)
        check_screen(terminal, trial)
        if rng.random() < 0.5:
            terminal.child.kill(signal.SIGKILL)
        else:
            terminal.hang_up()
        kept = Kept.of(run)
    status = until(run, lambda s: s.over, BOUND)
    trial.that(status.state == "finished", f"without its terminal the run is {status.state}: {status.reason}")
    trial.broken += kept.lost(run)
    check_attached(ground, run, trial, "finished")
    check_resumed(ground, run, kept, trial, method)


def kill_both(ground: Ground, rng: Random, trial: Trial) -> None:
    """SIGKILL to the worker and to the application at once."""
    method = rng.choice(ground.methods)
    ground.finished(method)
    run = ground.copy(ground.broken_off(method))
    with application(ground, run) as terminal:
        watched(terminal, run, trial, rng)
        status = strike_moment(run, rng, trial)
        check_screen(terminal, trial)
        if status.worker is not None:
            try:
                os.killpg(status.worker.pid, signal.SIGKILL)
            except ProcessLookupError:
                trial.where = "after the end"
        terminal.child.kill(signal.SIGKILL)
    status = check_dead(run, trial)
    kept = Kept.of(run)
    check_attached(ground, run, trial, status.state)
    check_resumed(ground, run, kept, trial, method)


KINDS = (
    Kind("kill worker", 20, kill_worker),
    Kind("kill at a file operation", 24, kill_at_operation, shim=True),
    Kind("ask to end", 6, ask_to_end),
    Kind("freeze", 6, freeze),
    Kind("kill application", 6, kill_application),
    Kind("kill both", 6, kill_both),
)
