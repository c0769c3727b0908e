"""``python -m tests.campaign [--trials N] [--seed S] [--only KIND ...] [--json]``: break things, and say what held."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.campaign import damage, killing, machine, racing
from tests.campaign.ground import Ground
from tests.campaign.trial import Trial, attempt, shared_out, table

KINDS = (*killing.KINDS, *damage.KINDS, *machine.KINDS, *racing.KINDS)


def main() -> int:
    """Run the campaign; 1 when something did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", metavar="KIND", help="one of: " + ", ".join(k.name for k in KINDS))
    parser.add_argument("--json", action="store_true", help="every trial as a line of JSON, in place of the table")
    parser.add_argument("--keep", action="store_true", help="leave the folder")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="campaign-"))
    trials: list[Trial] = []
    try:
        with Ground(folder) as ground:
            kinds = [kind for kind in KINDS if not asked.only or kind.name in asked.only]
            usable = [kind for kind in kinds if ground.shimmed or not kind.shim]
            for kind in (kind for kind in kinds if kind not in usable):
                print(f"{kind.name}: left out, no C compiler", file=sys.stderr)
            for kind, count in shared_out(usable, asked.trials):
                for number in range(count):
                    trial = attempt(kind, ground, asked.seed * 100_000 + number)
                    trials.append(trial)
                    if asked.json:
                        print(json.dumps(asdict(trial)), flush=True)
                    for text in trial.broken:
                        print(f"{kind.name} {trial.seed} ({trial.where}): {text}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    finally:
        if not asked.keep:
            shutil.rmtree(folder, ignore_errors=True)
    if not asked.json:
        print(table(trials))
    return int(any(trial.broken for trial in trials))


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # threads of the training stack may not hold it up
