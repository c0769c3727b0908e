"""``python -m tests.unit.queue_of_fakes WORKSPACE ...``: engine.queue, or a launcher, whose workers are fake ones.

With ``--race RUN...``: start each RUN's worker at the moment the file ``.go-RUN`` appears in the workspace, print what
came of it, and stay until the worker has ended. Everything but the worker's own program is the real thing.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from engine import launch, queue
from engine.errors import WorkspaceError
from engine.runs.folder import RunFolder
from tests.unit import fake_worker

POPEN = subprocess.Popen


def popen(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """As subprocess.Popen, the fake worker in the real one's place; a run's way stands in its folder's ``way``."""
    if command[:3] != [sys.executable, "-m", "engine.worker"]:
        return POPEN(command, **options)
    folder = Path(command[3])
    way = (folder / "way").read_text() if (folder / "way").exists() else "works"
    with (folder / "starts").open("a") as file:
        file.write("start\n")
    root = Path(__file__).parent.parent.parent
    options["env"] = {**options["env"], "PYTHONPATH": str(root)}
    return POPEN([sys.executable, fake_worker.__file__, str(folder), way], **options)


def race(workspace: Path, names: list[str]) -> None:
    """One launcher of several on the same runs, one after another."""
    for name in names:
        print("ready", flush=True)
        while not (workspace / f".go-{name}").exists():
            time.sleep(0.0005)
        worker = None
        try:
            worker = launch.start(RunFolder(workspace / name))
        except WorkspaceError as error:
            print(f"refused: {error}", flush=True)
        else:
            print("started", flush=True)
        if worker is not None:
            worker.wait()


if __name__ == "__main__":
    subprocess.Popen = popen  # type: ignore[assignment,misc]
    if "--race" in sys.argv:
        race(Path(sys.argv[1]), sys.argv[3:])
    else:
        sys.exit(queue.main())
