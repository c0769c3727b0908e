"""Disks that are full or fail, clocks that jump, pids that are used again."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from random import Random

from engine import launch
from engine.errors import DialtuneError
from engine.runs import process
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests.campaign.ground import BOUND, Ground, Kept, end
from tests.campaign.killing import application, check_dead, check_resumed, check_screen, strike_moment
from tests.campaign.trial import Kind, Trial

HOURS = 3600
JUMPS = (HOURS, -HOURS, 3 * 24 * HOURS, -3 * 24 * HOURS, 10 * 365 * 24 * HOURS, -20 * 365 * 24 * HOURS)
"""Seconds: summer time, a flat battery, a machine whose clock was never set."""
FULL_FOR = 6.0
"""Seconds after which somebody makes room."""


def ride_out(ground: Ground, run: RunFolder, worker: subprocess.Popen[bytes], trial: Trial) -> None:
    """Until the worker has ended or waits for room; then there is room, and it ends in time."""
    limit = time.monotonic() + FULL_FOR
    while worker.poll() is None and time.monotonic() < limit:
        time.sleep(0.05)
    told = ground.dialtune(run, "show", run.name)
    trial.that(not told.sane, told.sane)


def settle(run: RunFolder, worker: subprocess.Popen[bytes], trial: Trial) -> None:
    """The worker ends within the bound, and the run says how, in a sentence."""
    try:
        worker.wait(timeout=BOUND)
    except subprocess.TimeoutExpired:
        trial.that(False, f"it hangs: {run.status()}")
        end(run, worker)
    status = check_dead(run, trial)
    trial.that("fault of its own" not in status.reason, f"it says {status.reason}")
    trial.notes.append(f"{status.state}: {status.reason}")


def disk_full(ground: Ground, rng: Random, trial: Trial) -> None:
    """From a random operation on the disk is full, until somebody makes room."""
    method = rng.choice(ground.methods)
    ground.finished(method)
    run = ground.run(method)
    worker = launch.start(run, environment=ground.fault(run, "wom", rng.randrange(1, 450), "errno", errno.ENOSPC))
    began = ground.tally(run)
    limit = time.monotonic() + BOUND
    while worker.poll() is None and time.monotonic() < limit and ground.tally(run) == began:
        time.sleep(0.05)
    ride_out(ground, run, worker, trial)
    trial.where = run.status().phase or "-"
    kept = Kept.of(run)
    ground.lift(run)
    settle(run, worker, trial)
    check_resumed(ground, run, kept, trial, method)


def small_disk(ground: Ground, rng: Random, trial: Trial) -> None:
    """A real file system of a few megabytes that fills up, until somebody makes room."""
    method = rng.choice(ground.methods)
    ground.finished(method)
    place = ground.folder / f"disk-{trial.seed}"
    place.mkdir()
    size = rng.randrange(100, 12_000 if method == "full" else 1_000)
    mounted = ["mount", "-t", "tmpfs", "-o", f"size={size + 60_000}k", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mounted, capture_output=True, check=False).returncode:
        trial.notes.append("no file system may be mounted here")
        return
    try:
        run = ground.run(method, Workspace(place / "runs"))
        ballast = place / "ballast"
        ballast.write_bytes(bytes(60_000 << 10))
        worker = launch.start(run)
        ride_out(ground, run, worker, trial)
        trial.where = run.status().phase or "-"
        kept = Kept.of(run)
        ballast.unlink()
        settle(run, worker, trial)
        check_resumed(ground, run, kept, trial, method)
        end(run, worker)
    finally:
        subprocess.run(["umount", "-l", str(place)], capture_output=True, check=False)


def failing_writes(ground: Ground, rng: Random, trial: Trial) -> None:
    """A disk that fails once, a few times, or from a random operation on (EIO)."""
    method = rng.choice(ground.methods)
    ground.finished(method)
    run = ground.run(method)
    times = rng.choice((1, 3, -1))
    worker = launch.start(run, environment=ground.fault(run, "womns", rng.randrange(1, 500), "errno", errno.EIO, times))
    try:
        worker.wait(timeout=BOUND)
    except subprocess.TimeoutExpired:
        trial.that(False, f"it hangs: {run.status()}")
    trial.where = run.status().phase if run.status().state != "finished" else "after the end"
    kept = Kept.of(run)
    ground.lift(run)
    settle(run, worker, trial)
    check_resumed(ground, run, kept, trial, method)


def failing_reads(ground: Ground, rng: Random, trial: Trial) -> None:
    """A worker that resumes meets a disk that cannot be read at a random moment; later it can."""
    method, phase = rng.choice(ground.methods), rng.choice(("training", "decoding"))
    ground.finished(method)
    run = ground.copy(ground.broken_off(method, phase))
    trial.where = phase
    kept = Kept.of(run)
    times = rng.choice((1, -1))
    fault = ground.fault(run, "r", rng.randrange(1, 60), "errno", errno.EIO, times)
    worker = launch.start(run, resume=True, environment=fault)
    try:
        worker.wait(timeout=BOUND)
    except subprocess.TimeoutExpired:
        trial.that(False, f"it hangs: {run.status()}")
    ground.lift(run)
    settle(run, worker, trial)
    check_resumed(ground, run, kept, trial, method, exact=times != 1)


def unreadable_to_commands(ground: Ground, rng: Random, trial: Trial) -> None:
    """A command meets a disk that cannot be read: a sentence."""
    finished, _ = ground.finished(rng.choice(ground.methods))
    run = ground.copy(finished)
    arguments = rng.choice(
        [("runs",), ("show", run.name), ("board",), ("compare", run.name), ("logs", run.name), ("note", run.name, "x")]
    )
    trial.where = arguments[0]
    fault = ground.fault(run, "r", rng.randrange(1, 30), "errno", errno.EIO, rng.choice((1, -1)))
    told = ground.process(run, *arguments, environment=fault)
    trial.that(not told.sane, told.sane)
    trial.notes.append(f"{told.code}: {told.err.strip()[-160:]}")


# -- time and names ----------------------------------------------------------------------------------


def clock_jump(ground: Ground, rng: Random, trial: Trial) -> None:
    """The wall clock jumps while a run works: it is running, not lost, and ends as it would have."""
    method = rng.choice(ground.methods)
    ground.finished(method)
    run = ground.run(method)
    by = rng.choice(JUMPS)
    clock = ground.clock()
    worker = launch.start(run, environment=clock)
    strike_moment(run, rng, trial)
    ground.set_clock(by)
    trial.notes.append(f"{by:+d} s")
    alive = worker.poll() is None
    if rng.random() < 0.3:
        with application(ground, run) as terminal:  # whose own clock is right: another machine's is not
            try:
                terminal.until(lambda: run.name in terminal.text, 60)
                alive = worker.poll() is None
                trial.that(not alive or "lost" not in terminal.text, f"shown as lost\n{terminal.text}")
            except AssertionError:
                trial.that(False, f"the run is not shown\n{terminal.text}")
            check_screen(terminal, trial)
    told = ground.process(run, "show", run.name, "--format", "json", environment=clock)
    if not told.sane and told.code == 0:
        shown = json.loads(told.out)
        if alive and worker.poll() is None:
            trial.that(shown["state"] == "running", f"after a jump of {by:+d} s it is shown as {shown['state']}")
    trial.that(not told.sane, told.sane)
    trial.that(run.status().state in ("running", "finished"), f"elsewhere it is shown as {run.status().state}")
    settle(run, worker, trial)
    spent = json.loads(ground.dialtune(run, "show", run.name, "--format", "json").out)
    for what, seconds in {"elapsed": spent["elapsed_seconds"], **spent["seconds"]}.items():
        good = isinstance(seconds, int | float) and 0 <= seconds < 4 * BOUND
        trial.that(good, f"after a jump of {by:+d} s, {what} is {seconds} s")
    check_resumed(ground, run, Kept.of(run), trial, method)


def another_process(ground: Ground, rng: Random, trial: Trial) -> None:
    """The worker's pid is somebody else's now, or the machine was started anew: the run is lost, and can go on."""
    method = rng.choice(ground.methods)
    ground.finished(method)
    run = ground.copy(ground.broken_off(method, rng.choice(("training", "decoding"))))
    status = replace(run.status(), state="running")
    worker = status.worker
    if worker is None:
        trial.notes.append("it was over")
        return
    trial.where = rng.choice(("pid", "boot", "pid and boot"))
    if "pid" in trial.where:
        worker = replace(worker, pid=rng.choice((1, os.getpid(), os.getppid())))
    if "boot" in trial.where:
        worker = replace(worker, boot=f"{rng.getrandbits(128):032x}")
    run.write_status(replace(status, worker=worker))
    trial.that(run.status().state == "lost", f"with another {trial.where} it is {run.status().state}")
    told = ground.dialtune(run, "stop", run.name, "--force")
    trial.that(not told.sane, told.sane)
    trial.that(process.alive(process.identity()), "the wrong process was ended")
    for call in (launch.kill,):
        try:
            trial.that(not call(run), "a process that is not the worker was ended")
        except DialtuneError as error:
            trial.notes.append(str(error))
    check_resumed(ground, run, Kept.of(run), trial, method)


def unwritable(ground: Ground, rng: Random, trial: Trial) -> None:
    """A file of the folder is a folder, a link to nothing, or a pipe: a sentence, and nothing hangs."""
    finished, _ = ground.finished(rng.choice(ground.methods))
    run = ground.copy(finished)
    path = rng.choice([path for path in run.path.iterdir() if path.is_file()])
    trial.where = rng.choice(("folder", "dangling link", "link to itself", "pipe"))
    path.unlink()
    if trial.where == "folder":
        path.mkdir()
    elif trial.where == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path if trial.where == "link to itself" else Path("nowhere"))
    trial.notes.append(path.name)
    for arguments in (("runs",), ("show", run.name), ("board",), ("compare", run.name), ("logs", run.name)):
        try:
            told = ground.process(run, *arguments)
        except subprocess.TimeoutExpired:
            trial.that(False, f"{path.name} is a {trial.where}: `{' '.join(arguments)}` hangs")
            continue
        trial.that(not told.sane, f"{path.name} is a {trial.where}: {told.sane}")


KINDS = (
    Kind("disk full", 14, disk_full, shim=True),
    Kind("small disk", 6, small_disk),
    Kind("writes fail", 14, failing_writes, shim=True),
    Kind("reads fail, resumed", 8, failing_reads, shim=True),
    Kind("reads fail, looked at", 8, unreadable_to_commands, shim=True),
    Kind("clock jumps", 10, clock_jump, shim=True),
    Kind("another process's pid", 4, another_process),
    Kind("no plain file", 4, unwritable),
)
