"""Whether what a run's small files and its summaries say is what was written: by the checksums that they carry.

Weights and checkpoints have lists of their own, see :mod:`engine.runs.checksums`. A file without a checksum comes from
an older version, or was written by hand, and is taken as it is.
"""

from __future__ import annotations

import hashlib
import json
import tomllib

from engine.runs.checksums import digest
from engine.runs.files import intact, parse_json, write_json
from engine.runs.folder import RunFolder

SUMMARIES = "summaries_sha256"
"""Key in scores.json: the checksum of the predictions.jsonl that the scores are of."""
SPEC = "spec_sha256"
"""Key in manifest.json: :func:`spec_sum` of the spec that the worker read."""
FIGURES = ("status.json", "manifest.json", "scores.json", "import.json")
"""Files whose figures people compare."""


def altered(run: RunFolder, names: tuple[str, ...] = FIGURES) -> list[str]:
    """Those of ``names``, spec.toml and predictions.jsonl that can be read but are not what was written. Blocks."""
    found = []
    for name in names:
        try:
            values = parse_json((run.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # missing or unreadable, which whoever reads them sees
        if isinstance(values, dict) and not intact(values):
            found.append(name)
    asked = run.manifest().get(SPEC)
    if isinstance(asked, str) and run.status().over and spec_sum(run) not in (asked, None):
        found.append("spec.toml")
    wanted = run.scores().get(SUMMARIES)
    try:
        if isinstance(wanted, str) and run.status().over and digest(run.predictions_path) != wanted:
            found.append(run.predictions_path.name)
    except OSError:
        pass  # the same
    return found


def spec_sum(run: RunFolder) -> str | None:
    """A checksum of what the spec says, its name aside, which renaming changes; None where it cannot be read."""
    try:
        values = tomllib.loads((run.path / "spec.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    told = {key: value for key, value in values.items() if key not in ("name", "version")}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode("utf-8", "replace")).hexdigest()


def keep_sum(run: RunFolder, before: str | None) -> None:
    """Sum up a spec that was written anew, whose sum was ``before``: a newer version writes more of its fields.

    One that was altered stays so. Raises OSError.
    """
    manifest = run.manifest()
    if before is not None and manifest.get(SPEC) == before:
        write_json(run.path / "manifest.json", {**manifest, SPEC: spec_sum(run)})
