"""``python -m engine.results.rows RUN_FOLDER KIND...``: make the run's packs, telling bytes read, one figure a line.

What takes seconds takes them in a process of its own, so that the terminal's own threads are not slowed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from engine.results.rows.keeping import Source, make
from engine.runs.folder import RunFolder


def main() -> int:
    """Make what is asked for; 1 when the predictions cannot be read."""
    folder, *kinds = sys.argv[1:]
    try:
        make(Source(RunFolder(Path(folder))), tuple(kinds), lambda done: print(done, flush=True))
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
