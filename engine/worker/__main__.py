"""``python -m engine.worker RUN_FOLDER [--resume]``: one run, in a process that needs no terminal.

All that it prints lands in the run's ``worker.log`` (the launcher redirects it); its exit code is that of
:mod:`engine.errors`, also written to ``status.json``.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import signal
import sys
import traceback
from pathlib import Path

from engine import redaction
from engine.errors import STOPPED, WorkspaceError
from engine.runs import claims
from engine.runs.folder import RunFolder


def main() -> int:
    """Run the pipeline and leave the status saying how it ended."""
    parser = argparse.ArgumentParser(prog="python -m engine.worker")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    asked = parser.parse_args()
    redactor = redaction.of_process()
    sys.stdout, sys.stderr = (redaction.Redacted(stream, redactor) for stream in (sys.stdout, sys.stderr))  # type: ignore[assignment]
    logging.basicConfig(stream=sys.stdout, level=logging.WARNING, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("dialtune").setLevel(logging.INFO)
    folder = RunFolder(asked.folder)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a terminal that hangs up is no reason to end
    if not claims.kept(folder):
        print(f"Another worker is at work on {folder.path}; this one leaves.", flush=True)
        return WorkspaceError.exit_code

    from engine.worker.reporting import Insisted, Reporter, Stopped  # the first heavy import: torch

    with Reporter(folder, redactor) as reporter:
        reporter.phase("loading")
        try:
            from engine.worker import pipeline

            pipeline.run(folder, reporter, asked.resume)
        except Stopped:
            kept = (
                "Nothing more was kept." if reporter.discarding else "What it learnt so far is kept; it can be resumed."
            )
            if reporter.unkept:
                kept = f"{reporter.unkept} {reporter.kept}".strip()
            reporter.end("stopped", f"Stopped as asked. {kept}", exit_code=STOPPED)
            return STOPPED
        except Insisted:
            reporter.end("stopped", f"Ended at once, as insisted. {reporter.kept}", exit_code=STOPPED)
            return STOPPED
        except Exception as error:  # whatever it was, the run folder must say so
            traceback.print_exc()
            from engine.worker.pipeline import as_failure

            failure = as_failure(error)
            with contextlib.suppress(OSError, Stopped):  # a broken disk: the log and the exit code say it
                reporter.notice("error", type(failure).__name__, str(failure))
            reporter.end("failed", str(failure), failure)
            return failure.exit_code
        reporter.end("finished", "Done.")
        return 0


if __name__ == "__main__":
    sys.exit(main())
