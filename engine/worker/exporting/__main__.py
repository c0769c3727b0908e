"""``python -m engine.worker.exporting``: one request as a JSON line in, JSON lines out.

The request has ``run`` (its folder), ``form``, ``draft`` (where to write, beside the place), ``to`` (the place),
``command`` (the run's command line) and perhaps ``hub_id``. Out come {"phase"}, {"notice"}, {"progress": [done, total]}
and at last {"exported": {...}}, or {"error": {"exit_code", "happened", "why", "todo"}} with that exit code.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from engine.exporting.forms import named
from engine.runs.folder import RunFolder
from engine.worker.answering import answered


def main() -> int:
    """Do what standard input asks."""
    asked = json.loads(sys.stdin.readline())

    def work() -> None:
        from engine.worker.exporting.making import Request, make

        request = Request(
            RunFolder(Path(asked["run"])), named(asked["form"]), Path(asked["draft"]), Path(asked["to"]),
            asked.get("command", ""), asked.get("hub_id", ""),
        )  # fmt: skip
        make(request)

    return answered(work)


if __name__ == "__main__":
    sys.exit(main())
