"""``python -m engine.worker.data SPEC FILE [TASK]``: read a hub data set and keep its examples in FILE, for looking at.

SPEC is the ``data`` part of a spec as JSON, FILE gets what :mod:`engine.data.kept` writes. Errors end in one JSON line
{"error": {"exit_code", "happened", "why", "todo"}} on stdout and that exit code.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from engine import tasks
from engine.data import kept
from engine.data.quoting import plain
from engine.errors import DataError, DialtuneError
from engine.spec import DataSpec

MOST_BYTES = 512 << 20
"""A larger data set is not for looking at whole: the terminal would hold all of it in memory."""


def main(arguments: Sequence[str]) -> int:
    """Read, keep, and say how that ended."""
    try:
        _keep(DataSpec.model_validate_json(arguments[0]), Path(arguments[1]), (*arguments[2:], tasks.USUAL)[0])
    except DialtuneError as error:
        told = {"exit_code": error.exit_code, "happened": error.happened, "why": error.why, "todo": error.todo}
        print(json.dumps({"error": told}))
        return error.exit_code
    return 0


def _keep(spec: DataSpec, path: Path, task: str) -> None:
    from engine.worker.hub import load_hub

    loaded = load_hub(spec, need_test=False, task=tasks.named(task))
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            for line in kept.lines(loaded):
                size += file.write(line)
                if size > MOST_BYTES:
                    raise DataError(
                        f"{plain(spec.source)} is too large to look at",
                        f"Its dialogues are more than {MOST_BYTES >> 20} MiB of text",
                        "Look at a part of it, such as every tenth row: --set data.every=10",
                    )
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
