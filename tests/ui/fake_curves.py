"""Runs with curves to look at closely: every figure, evaluations with samples, readings of the machine, in time."""

from __future__ import annotations

import math
import random
from dataclasses import asdict, replace

from engine.data.examples import Example
from engine.runs.events import Evaluation, Event, Notice, Phase, Sample, TrainStep, encode
from engine.runs.files import append_lines, write_json
from engine.runs.folder import RunFolder, Status
from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tests.ui.fake_runs import GIB, HOSTILE, NOW

BEGAN = NOW - 7200
DIALOGUE = f"Ana: When does the bus leave?\nBo: At four. {HOSTILE}\nAna: Thank you."


def curved(
    workspace: Workspace, name: str, steps: int = 200, every: int = 1, level: float = 1.6, gpu: bool = True
) -> RunFolder:
    """A finished run of ``steps`` steps, an event each ``every``, ten seconds a step, evaluated every 50 steps."""
    run = fake_runs.new(workspace, "lora", name, BEGAN - 10)
    append_lines(run.events_path, map(encode, events(steps, every, level, gpu)))
    write_json(run.samples_path, [asdict(Example("dev_0", DIALOGUE, ("Ana asks about the bus.",)))])
    append_lines(
        run.log_path, [f"step {n} {'ALARM ' * (n % 7 == 0)}{HOSTILE if n == 7 else 'well'}\n" for n in range(60)]
    )
    run.write_status(
        Status(
            state="finished", phase="scoring", step=steps, total_steps=steps, created=BEGAN - 10, started=BEGAN,
            ended=BEGAN + 10 * steps, heartbeat=BEGAN + 10 * steps,
        )
    )  # fmt: skip
    return run


def events(steps: int, every: int = 1, level: float = 1.6, gpu: bool = True) -> list[Event]:
    """What such a run's worker tells."""
    chance = random.Random(steps)
    found: list[Event] = [Phase("training", steps, "steps", time=BEGAN)]
    found += [Notice("info", "dtype", "Computing in bfloat16.", time=BEGAN)]
    reading = fake_runs.gpu_reading() if gpu else fake_runs.cpu_reading()
    for step in range(every, steps + 1, every):
        time, epoch = BEGAN + 10 * step, 3 * step / steps
        loss = level + 2 * math.exp(-4 * step / steps) + chance.gauss(0, 0.05)
        rate = 1e-3 * (1 - step / (steps + 1))
        found.append(TrainStep(step, epoch, loss, rate, 0.5 + chance.random(), 31.4, 6120.0, time=time))
        found.append(replace(reading, process_memory=(3 + step % 5) * GIB, time=time))
        if step % 50 == 0:
            metrics = {"loss": loss + 0.2, "rouge1": 0.2 + step / steps / 5}
            found.append(Evaluation(step, epoch, metrics, best=True, time=time))
            found.append(Sample(step, "dev_0", f"They speak at step {step}. {HOSTILE}", time=time))
    found.append(Notice("warning", "plateau", "The training loss has levelled out.", time=BEGAN))
    return found
