"""Checkpoints on disk: written beside and renamed whole, with checksums that are compared before one is used.

``checkpoints/checkpoint-STEP/`` has transformers' files (weights as safetensors; optimizer, schedule and random number
generators in torch's format, which is only ever read with ``weights_only``), our own ``dialtune.json`` and
``SHA256SUMS``. ``checkpoints/best/step-STEP.safetensors`` are the best weights so far; those that a checkpoint speaks
of are kept as long as it is, so that a run resumed from it knows what it knew then.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from engine.runs import checksums
from engine.runs.checkpoints import BEST, COMPLETE, DAMAGED, DRAFT, OLD, STATE, best_of, number, state, whole
from engine.runs.files import sync, write_json


class Checkpoints:
    """The checkpoints of one run, in ``folder``, of which the ``keep`` newest stay."""

    def __init__(self, folder: Path, keep: int, notice: Callable[[str], None]) -> None:
        """``notice`` is told of a checkpoint that is damaged."""
        self.folder, self._keep, self._notice = folder, keep, notice

    @contextlib.contextmanager
    def writing(self, step: int, state: dict[str, Any]) -> Iterator[Path]:
        """A folder in which to make ``checkpoint-STEP``; it takes its place when the block ends well.

        Older ones go when it has been read back and found whole. Raises OSError; the draft is then gone, and the
        checkpoints are what they were.
        """
        self.tidy()
        drafts = self.folder / DRAFT
        drafts.mkdir(parents=True)
        draft, place = drafts / f"checkpoint-{step}", self.folder / f"checkpoint-{step}"
        try:
            yield drafts
            write_json(draft / STATE, {"version": 1, "step": step, **state})
            (draft / COMPLETE).touch()
            checksums.write(draft)
            if place.exists():  # written once more, by a run that was resumed from an earlier one
                place.rename(self.folder / f"{OLD}{place.name}")
            draft.rename(place)
            sync(self.folder)
        finally:
            self.tidy()
        if not self._set_aside(place):
            self._retain()

    def newest(self) -> Path | None:
        """The newest checkpoint that is whole and undamaged. Damaged ones are set aside, with a notice."""
        self.tidy()
        for path in reversed(whole(self.folder)):
            if not self._set_aside(path):
                return path
        return None

    def tidy(self) -> None:
        """Remove what was being written when the worker died, and finish what it was renaming."""
        shutil.rmtree(self.folder / DRAFT, ignore_errors=True)
        for old in self.folder.glob(f"{OLD}*"):
            place = old.with_name(old.name.removeprefix(OLD))
            if place.exists():
                shutil.rmtree(old, ignore_errors=True)
            else:
                old.rename(place)

    def _set_aside(self, path: Path) -> bool:
        """Whether ``path`` is damaged, and out of the way now."""
        wrong = checksums.problems(path)
        if not wrong:
            return False
        aside = path.with_name(f"{DAMAGED}{path.name}")
        while aside.exists():
            aside = path.with_name(f"{DAMAGED}{path.name}-{time.time_ns()}")
        path.rename(aside)
        self._notice(
            f"The checkpoint of step {number(path)} is damaged ({wrong[0]}), so it is set aside as "
            f"checkpoints/{aside.name} and the one before it counts."
        )
        return True

    def _retain(self) -> None:
        for path in whole(self.folder)[: -self._keep]:
            with contextlib.suppress(OSError):  # first, so that what is left of a half-removed one never counts
                (path / COMPLETE).unlink()
            shutil.rmtree(path, ignore_errors=True)
        self.forget()

    def forget(self, present: str = "") -> None:
        """Remove the best weights that no checkpoint speaks of, ``present`` ones aside."""
        wanted = {present, *(best_of(state(path)).get("weights") for path in whole(self.folder))}
        for path in (self.folder / BEST).glob("step-*.safetensors"):
            if path.name not in wanted:
                path.unlink(missing_ok=True)
