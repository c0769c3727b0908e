"""Whether what a run's small files and its summaries say is what was written: by the checksums that they carry.

Weights and checkpoints have lists of their own, see :mod:`engine.runs.checksums`. A file without a checksum comes from
an older version, or was written by hand, and is taken as it is.
"""

from __future__ import annotations

from engine.runs.checksums import digest
from engine.runs.files import intact, parse_json
from engine.runs.folder import RunFolder

SUMMARIES = "summaries_sha256"
"""Key in scores.json: the checksum of the predictions.jsonl that the scores are of."""
FIGURES = ("status.json", "manifest.json", "scores.json", "import.json")
"""Files whose figures people compare."""


def altered(run: RunFolder, names: tuple[str, ...] = FIGURES) -> list[str]:
    """Those of the files ``names``, and predictions.jsonl, that can be read but are not what was written. Blocks."""
    found = []
    for name in names:
        try:
            values = parse_json((run.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # missing or unreadable, which whoever reads them sees
        if isinstance(values, dict) and not intact(values):
            found.append(name)
    wanted = run.scores().get(SUMMARIES)
    try:
        if isinstance(wanted, str) and run.status().over and digest(run.predictions_path) != wanted:
            found.append(run.predictions_path.name)
    except OSError:
        pass  # the same
    return found
