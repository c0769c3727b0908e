"""A workspace of fake runs, the same one every time; ``python -m tests.ui.fake_runs DIR`` opens one to look at."""

from __future__ import annotations

import json
import math
import random
import sys
from dataclasses import asdict
from pathlib import Path

from engine.data.examples import Example
from engine.runs import process
from engine.runs.events import (
    Checkpoint,
    DeviceReading,
    Ended,
    Evaluation,
    Event,
    Notice,
    Phase,
    Resources,
    Sample,
    Scored,
    TrainStep,
    encode,
)
from engine.runs.files import append_lines, write_json
from engine.runs.folder import Prediction, RunFolder, Status
from engine.runs.workspace import Workspace
from engine.spec import from_dict

NOW = 1_800_000_000.0
"""The moment at which the fake workspace is looked at."""
GIB = 1 << 30
GPU = "NVIDIA H100 80GB HBM3"

HOSTILE = "\x1b[31mred\x1b[0m \x1b]52;c;ZXZpbA==\x07[bold]not bold[/bold] \u202egnp.exe\u202c zero\u200bwidth \x9b2J"
TOPICS = ("booking a table", "a lost parcel", "[b]repair[/b]", "学校の行事", "a job offer", "\u202eevil topic\u202c")
SPEAKERS = (("#Person1#", "#Person2#"), ("Ana", "Bo"), ("客服", "顾客"))
FIXED = (
    "Could you tell me when the next train to the airport leaves?",
    "It leaves at a quarter past four, from platform [12].",
    "That is too late for me. Is there a bus?",
    "There is one in ten minutes, in front of the station. 🚌 It takes an hour.",
    "Thank you, I will take the bus then.",
    "You are welcome. Have a good flight! \x1b[2J\x1b[H",
)


def clock() -> float:
    """The frozen time."""
    return NOW


def write(path: Path, running: bool = True) -> Workspace:
    """Six runs under ``path``: finished zero-shot, full and lora, failed, running (this process) and queued."""
    workspace = Workspace(path)
    _finished(workspace, "zero-shot", "zero-shot-base", 1, NOW - 9000, 0.25, steps=0)
    _finished(workspace, "full", "full-base", 2, NOW - 8000, 0.45, steps=600)
    _finished(workspace, "lora", "lora-r32-base", 3, NOW - 6000, 0.42, steps=600)
    _failed(workspace)
    if running:
        running_run(workspace)
    new(workspace, "lora", "queued-next", NOW - 100)
    return workspace


def new(workspace: Workspace, method: str, name: str, created: float, base: str = "google/flan-t5-base") -> RunFolder:
    """A queued run."""
    spec = from_dict(
        {"name": name, "method": method, "base": {"name": base}, "data": {"source": "knkarthick/dialogsum"}}
    )
    run = workspace.create(spec)
    run.write_status(Status(created=created))
    return run


def running_run(workspace: Workspace, steps: int = 240, total: int = 600) -> RunFolder:
    """A run in the middle of its training, whose worker is this process."""
    run = new(workspace, "lora", "lora-r8-live", NOW - 500)
    events: list[Event] = [
        Phase("loading", time=NOW - 490),
        Notice("info", "dtype", "bfloat16: this GPU is faster with it.", time=NOW - 489),
        Notice("warning", "truncated", f"21 of 1,000 prompts are cut to 512 tokens. {HOSTILE}", time=NOW - 488),
        Phase("training", total, "steps", time=NOW - 480),
    ]
    events += training(steps, total, random.Random(8))
    events.append(gpu_reading())
    append_lines(run.events_path, map(encode, events))
    examples = [Example(f"dev_{n}", f"Ana: {FIXED[n]}\nBo: {FIXED[n + 1]}", (f"Reference {n}.",)) for n in range(2)]
    write_json(run.samples_path, [asdict(example) for example in examples])
    append_lines(run.log_path, [f"step {n}: {HOSTILE if n == 7 else 'all well'}\n" for n in range(1, 21)])
    run.write_status(
        Status(
            state="running", phase="training", step=steps, total_steps=total, unit="steps", eta=187.0,
            heartbeat=NOW - 1, created=NOW - 500, started=NOW - 490, worker=process.identity(), best={"loss": 1.71},
        )
    )  # fmt: skip
    return run


def training(steps: int, total: int, chance: random.Random, every: int = 10) -> list[Event]:
    """Train steps with a falling loss, an evaluation, samples and a checkpoint every 100 steps."""
    events: list[Event] = []
    for step in range(every, steps + 1, every):
        loss = 1.6 + 2.2 * math.exp(-step / 120) + chance.uniform(-0.08, 0.08)
        events.append(
            TrainStep(step, 3 * step / total, loss, 1e-3 * (1 - step / total), 0.8, 31.4, 6120.0, time=NOW - 400)
        )
        if step % 100 == 0:
            events.append(Evaluation(step, 3 * step / total, {"loss": loss + 0.12}, best=True, time=NOW - 400))
            events += [
                Sample(step, f"dev_{n}", text, time=NOW - 400)
                for n, text in enumerate(("Ana asks for the train.", f"They meet. {HOSTILE}", "他们坐公交车。🚌"))
            ]
            events.append(Checkpoint(step, f"checkpoints/step-{step}", time=NOW - 400))
    return events


def gpu_reading() -> Resources:
    """Two GPUs, one of them shared with somebody."""
    return Resources(
        37.0, 187.0, 5 * GIB, 41 * GIB, 126 * GIB,
        (
            DeviceReading(0, GPU, 80 * GIB, 52 * GIB, 41 * GIB, 38 * GIB, 40 * GIB, 97.0, 612.0, 64.0),
            DeviceReading(1, GPU, 80 * GIB, 9 * GIB, 0, None, None, 3.0, None, 41.0),
        ),
        time=NOW - 1,
    )  # fmt: skip


def cpu_reading() -> Resources:
    """A machine without a GPU."""
    return Resources(93.0, 187.0, int(3.7 * GIB), 6 * GIB, 15 * GIB, time=NOW - 1)


def _finished(
    workspace: Workspace, method: str, name: str, seed: int, created: float, level: float, steps: int
) -> None:
    run = new(workspace, method, name, created)
    chance = random.Random(seed)
    predictions = [prediction(n, method, level, chance) for n in range(12)]
    append_lines(run.predictions_path, [json.dumps(asdict(p), ensure_ascii=False) + "\n" for p in predictions])
    metrics = {
        key: sum(p.scores[key] for p in predictions) / len(predictions) for key in ("rouge1", "rouge2", "rougeL")
    }
    write_json(run.path / "scores.json", {"metrics": metrics, "examples": 12, "references": 36})
    write_json(run.path / "manifest.json", {"peak_memory": {"process": 4 * GIB, "device": 11 * GIB}})
    (run.checkpoints_path / "step-600").mkdir(parents=True)
    events: list[Event] = [Phase("loading", time=created)]
    if steps:
        events += [Phase("training", steps, "steps", time=created), *training(steps, steps, chance)]
    events += [cpu_reading(), Scored(metrics, time=created + 900), Ended("finished", time=created + 900)]
    append_lines(run.events_path, map(encode, events))
    append_lines(run.log_path, ["loading\n", "done\n"])
    run.write_status(
        Status(
            state="finished", phase="scoring", step=steps, total_steps=steps, created=created, started=created + 1,
            ended=created + 901, heartbeat=created + 901, best={"loss": 1.7} if steps else {},
        )
    )  # fmt: skip


def prediction(number: int, method: str, level: float, chance: random.Random) -> Prediction:
    """A summary of the ``number``-th test dialogue, the same dialogue for every method."""
    first, second = SPEAKERS[number % len(SPEAKERS)]
    turns = [f"{(first, second)[n % 2]}: {words}" for n, words in enumerate(FIXED[: 2 + number % 5])]
    scores = {key: level * share + chance.uniform(-0.1, 0.1) for key, share in
              (("rouge1", 1.0), ("rouge2", 0.5), ("rougeL", 0.8))}  # fmt: skip
    summary = f"{first} asks about the train ({method}) and {second} suggests the bus."
    if number == 3:
        summary = f"{HOSTILE} 总结：他们坐公交车 🚌"
    return Prediction(
        id=f"test_{number}", summary=summary, dialogue="\n".join(turns), topic=TOPICS[number % len(TOPICS)],
        references=tuple(f"Reference {n}: {first} takes the bus [to the airport]." for n in (1, 2, 3)),
        scores=scores, truncated=number == 5, tokens=20,
    )  # fmt: skip


def _failed(workspace: Workspace) -> None:
    run = new(workspace, "full", "full-too-big", NOW - 4000, base="google/flan-t5-xxl")
    (run.checkpoints_path / "step-100").mkdir(parents=True)
    append_lines(
        run.events_path, map(encode, [Phase("loading", time=NOW - 4000), *training(100, 600, random.Random(5))])
    )
    append_lines(run.log_path, ["loading google/flan-t5-xxl\n", f"torch.OutOfMemoryError {HOSTILE}\n"])
    run.write_status(
        Status(
            state="failed", phase="training", step=101, total_steps=600, created=NOW - 4000, started=NOW - 3990,
            ended=NOW - 3800, heartbeat=NOW - 3800, exit_code=7, reason="Out of memory on the GPU.",
            error={
                "happened": "The GPU ran out of memory in step 101",
                "why": "A batch of 8 needs about 92 GiB, and the GPU has 80 GiB [of which 79 free]",
                "todo": "Halve train.batch_size and double train.accumulation, or use the lora method",
            },
        )
    )  # fmt: skip


def main(arguments: list[str]) -> None:
    """``DIR``: write the workspace and open the terminal on it; the fake worker is this process."""
    from tui.app import DialtuneApp

    folder = Path(arguments[0])
    DialtuneApp(write(folder) if not folder.exists() else Workspace(folder), clock=clock).run()


if __name__ == "__main__":
    main(sys.argv[1:])
