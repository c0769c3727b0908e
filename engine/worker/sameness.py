"""A resumed run is the run that broke off: what it takes over from its manifest, and what it says of the rest.

On a CPU the same bits need the same dtype, which ``auto`` chooses by timing, and as many threads, since sums are
split among them. Another version, machine or data set is a notice, not an error: the run may well be worth going on.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from engine.runs import checksums
from engine.runs.folder import RunFolder
from engine.worker.reporting import Reporter


def same_dtype(asked: str, manifest: Mapping[str, Any]) -> str:
    """The dtype that the run computed in before, where the spec leaves it open and the device is of the same kind."""
    device = _table(manifest, "device")
    kind = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    known = device.get("dtype")
    return str(known) if asked == "auto" and device.get("kind") == kind and known in ("float32", "bfloat16") else asked


def same_threads(manifest: Mapping[str, Any]) -> None:
    """Compute with as many threads as before, where the machine has that many cores."""
    before = _table(manifest, "device").get("threads")
    if isinstance(before, int) and 0 < before <= (os.cpu_count() or 1) and before != torch.get_num_threads():
        torch.set_num_threads(before)


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What has changed between two manifests that figures depend on, a sentence each."""
    for table, key, what in (
        ("data", "fingerprint", "The data"),
        ("versions", "torch", "The version of torch"),
        ("versions", "transformers", "The version of transformers"),
        ("versions", "peft", "The version of PEFT"),
        ("device", "name", "The device"),
        ("device", "threads", "The number of threads"),
        ("device", "dtype", "The dtype"),
    ):
        old, new = _table(before, table).get(key), _table(now, table).get(key)
        if old is not None and new is not None and old != new:
            was = "" if key == "fingerprint" else f" ({old} before, {new} now)"
            yield f"{what} has changed since the run broke off{was}: it goes on, but is not the run it would have been."


def model_is_whole(run: RunFolder, reporter: Reporter) -> bool:
    """Whether ``model/`` is there and undamaged; a damaged one is set aside with a notice, and learnt again."""
    if not (run.model_path / "README.md").is_file():
        return False
    wrong = checksums.problems(run.model_path)
    if not wrong:
        return True
    aside = run.path / "damaged-model"
    shutil.rmtree(aside, ignore_errors=True)
    run.model_path.rename(aside)
    reporter.notice(
        "warning", "damaged-model",
        f"The model is damaged ({wrong[0]}), so it is set aside as {aside.name} and learnt again from the last "
        "checkpoint.",
    )  # fmt: skip
    return False


def _table(manifest: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = manifest.get(key)
    return found if isinstance(found, Mapping) else {}
