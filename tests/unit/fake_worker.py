"""A worker that trains nothing, for tests of those who start and follow workers: ``fake_worker.py FOLDER WAY``.

WAY: ``works`` and ``slowly`` end well; ``CODE`` (a number) fails with that exit code; ``dies`` leaves without a word;
``stubborn`` needs a second to save after it was asked to stop; ``deaf`` never listens.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from engine.runs import process
from engine.runs.events import Ended, Notice, Phase, TrainStep, encode
from engine.runs.files import append_lines, write_json
from engine.runs.folder import RunFolder


def start(run: RunFolder, way: str = "works") -> subprocess.Popen[bytes]:
    """As engine.launch.start does it, with this module as the worker."""
    run.write_status(replace(run.status(), state="running", phase="loading", started=time.time()))
    root = Path(__file__).parent.parent.parent
    return subprocess.Popen(
        [sys.executable, __file__, str(run.path), way],
        stdin=subprocess.DEVNULL, stdout=run.log_path.open("ab"), stderr=subprocess.STDOUT,
        start_new_session=True, env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip


def main(run: RunFolder, way: str) -> int:
    print("fake worker", way, flush=True)
    if way == "dies":
        return 3
    status = replace(run.status(), worker=process.identity(), state="running", phase="training", total_steps=4)
    run.write_status(status)
    append_lines(
        run.events_path, [encode(Phase("training", 4, "steps")), encode(Notice("warning", "x", "two \x1b[31mcut"))]
    )
    if way.isdigit():
        error = {"happened": "The fake broke", "why": "It was told to", "todo": "Tell it otherwise"}
        run.write_status(replace(status, state="failed", exit_code=int(way), ended=time.time(), error=error))
        return int(way)
    for step in range(1, 5):
        append_lines(run.events_path, [encode(TrainStep(step, step / 4, 2.0 / step, 1e-3, 1.0, 5.0, 500.0))])
        run.write_status(replace(status, step=step, done=step, total=4))
        if way in ("works", "slowly"):
            time.sleep(0.05 if way == "works" else 0.5)
            continue
        for _ in range(400):
            if way == "stubborn" and run.take("stop"):
                time.sleep(1.0)
                run.write_status(replace(status, state="stopped", exit_code=8, ended=time.time(), reason="As asked."))
                return 8
            time.sleep(0.05)
    metrics = {"rouge1": 0.5, "rouge1_best": 0.6}
    write_json(run.path / "scores.json", {"metrics": metrics, "examples": 1, "references": 2})
    write_json(run.path / "manifest.json", {"phases": ["training"]})
    append_lines(run.events_path, [encode(Ended("finished"))])
    run.write_status(replace(status, state="finished", step=4, ended=time.time()))
    return 0


if __name__ == "__main__":
    sys.exit(main(RunFolder(Path(sys.argv[1])), sys.argv[2]))
