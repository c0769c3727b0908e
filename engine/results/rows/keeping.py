"""Where a run's packs are kept and when one can be believed.

In the run's own folder (``.cache/``), else under ``$XDG_CACHE_HOME/dialtune/rows``, else in memory. A pack is used
when it is whole, was made from a ``predictions.jsonl`` of this size and time of change, and agrees with a sample of
its lines; else it is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.home import cache_folder
from engine.results.rows import packs
from engine.results.rows.building import FIGURES, TEXTS, build, folded_references, key_of, parse
from engine.results.rows.packs import Pack, Unusable
from engine.results.rows.texts import Handle, fold
from engine.runs.folder import Prediction, RunFolder

FOLDER = ".cache"
SAMPLE = 6
"""Lines that a pack is compared with, the first and the last among them."""
MOST_KEPT = 64
"""Packs under the user's own cache folder, the newest ones."""

LEFT_SECONDS = 3600.0
"""A draft that nobody wrote to for so long is nobody's."""


class Source:
    """A run's ``predictions.jsonl`` as it was when opened: a file put in its place later changes nothing here."""

    def __init__(self, run: RunFolder) -> None:
        """Raises OSError."""
        self.run = run
        self._handle = Handle(os.open(run.predictions_path, os.O_RDONLY | os.O_CLOEXEC))
        self._read = self._handle.part(0)
        state = os.fstat(self._handle.descriptor)
        self.size, self.changed = state.st_size, state.st_mtime_ns

    @property
    def facts(self) -> dict[str, int]:
        """What a pack made from it says of it."""
        return {"size": self.size, "changed": self.changed}

    @property
    def current(self) -> bool:
        """Whether the run still has this file, unchanged."""
        try:
            state = self.run.predictions_path.stat()
        except OSError:
            return False
        return (state.st_size, state.st_mtime_ns) == (self.size, self.changed)

    def again(self, _path: str, _flags: int) -> int:
        """For ``open``: this very file once more. Raises OSError."""
        return os.dup(self._handle.descriptor)

    def line(self, begin: int, size: int) -> Prediction | None:
        """The prediction there; None where there is none. Raises OSError."""
        return parse(self._read(begin, begin + size))


@dataclass(frozen=True)
class Place:
    """Where a run's packs can be kept."""

    folder: Path
    stem: str

    def path(self, kind: str) -> Path:
        """Of the pack ``kind``."""
        return self.folder / f"{self.stem}.{kind}"


def places(run: RunFolder) -> Iterator[Place]:
    """Where its packs may be, the best place first."""
    yield Place(run.path / FOLDER, "rows")
    with contextlib.suppress(OSError, RuntimeError):  # no home, no such folder any more
        name = hashlib.sha256(os.fsencode(run.path.resolve())).hexdigest()[:24]
        yield Place(cache_folder() / "rows", name)


def kept(source: Source, kind: str, columns: Pack | None = None) -> Pack | None:
    """The pack that is there and can be believed; to believe ``words``, the run's ``columns`` are needed."""
    for place in places(source.run):
        with contextlib.suppress(OSError, Unusable):
            pack = packs.load(place.path(kind))
            _check(pack, kind, source, columns or pack)
            return pack
    return None


def writable(run: RunFolder) -> bool:
    """Whether it looks as if a pack could be kept."""
    return any(os.access(next(filter(Path.is_dir, (place.folder, *place.folder.parents))), os.W_OK | os.X_OK)
               for place in places(run))  # fmt: skip


def _check(pack: Pack, kind: str, source: Source, columns: Pack) -> None:
    """Raises Unusable unless ``pack`` was made from ``source`` and agrees with a sample of its lines."""
    facts = pack.facts
    rows = facts.get("rows") if isinstance(facts, dict) else None
    if not isinstance(rows, int) or rows < 0 or facts.get("source") != source.facts:
        raise Unusable("made from another file")
    if set(pack.texts) != set(TEXTS[kind]) or any(len(text) != rows for text in pack.texts.values()):
        raise Unusable("its texts are not those of a run")
    if kind == "columns":
        _check_columns(pack, rows, source.size)
    elif columns.facts["rows"] != rows:
        raise Unusable("it has other rows than the run")
    begins, sizes = columns.arrays["begins"], columns.arrays["sizes"]
    for place in sorted({int(at) for at in np.linspace(0, rows - 1, SAMPLE)}) if rows else ():
        prediction = source.line(int(begins[place]), int(sizes[place]))
        if prediction is None or not (_agrees if kind == "columns" else _has_words)(pack, place, prediction):
            raise Unusable("it says other things than the file")


def _check_columns(pack: Pack, rows: int, size: int) -> None:
    """Raises Unusable where an array is missing, of another shape, or points past the file's end."""
    arrays, names = pack.arrays, pack.facts.get("figures")
    kinds = {
        "keys": "<u8", "abouts": "<u8", "begins": "<i8", "sizes": "<i4", "turns": "<i4", "length": "<i4",
        "references": "<i4", "reference_words": "<f8",
    }  # fmt: skip
    for name, kind in kinds.items():
        if name not in arrays or arrays[name].dtype.str != kind or arrays[name].shape != (rows,):
            raise Unusable("an array is missing")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise Unusable("its figures have no names")
    if not set(FIGURES) <= set(names):
        raise Unusable("a figure is missing")
    figures = arrays.get("figures")
    if (
        figures is None
        or figures.dtype.str != "<f8"
        or figures.shape != (len(names), rows)
        or set(FIGURES) - set(names)
    ):
        raise Unusable("its figures are missing")
    begins, sizes = arrays["begins"], arrays["sizes"].astype(np.int64)
    if rows and (begins.min() < 0 or sizes.min() < 0 or (begins + sizes).max() > size):
        raise Unusable("it points past the end of the file")


def _agrees(pack: Pack, place: int, prediction: Prediction) -> bool:
    """Whether the row says what the line does."""
    arrays, texts = pack.arrays, pack.texts
    figures = dict(zip(pack.facts["figures"], arrays["figures"][:, place].tolist(), strict=True))
    return (
        int(arrays["keys"][place]) == key_of(prediction.id, prediction.dialogue)
        and texts["id"][place] == prediction.id.replace("\n", " ")
        and texts["summary"][place] == fold(prediction.summary)
        and all(figures.get(name, value) == value for name, value in prediction.scores.items() if name not in FIGURES)
    )


def _has_words(pack: Pack, place: int, prediction: Prediction) -> bool:
    return pack.texts["dialogue"][place] == fold(prediction.dialogue) and pack.texts["references"][
        place
    ] == folded_references(prediction.references)


def make(source: Source, kinds: tuple[str, ...], progress: Callable[[int], None] | None) -> dict[str, Pack]:
    """The packs ``kinds`` made anew, and kept where that can be. Raises OSError when the source cannot be read."""
    try:
        return _made(source, kinds, progress, in_memory=False)
    except OSError:  # no room for temporary files; if it is the source, this fails too
        return _made(source, kinds, progress, in_memory=True)


def _made(
    source: Source, kinds: tuple[str, ...], progress: Callable[[int], None] | None, in_memory: bool
) -> dict[str, Pack]:
    with ExitStack() as stack:
        file = stack.enter_context(open(source.run.predictions_path, "rb", opener=source.again))
        drafts = build(file, source.size, kinds, stack, in_memory, progress)
        return {kind: _put(source, kind, draft) for kind, draft in drafts.items()}


def _put(source: Source, kind: str, draft: packs.Draft) -> Pack:
    draft = packs.Draft({**draft.facts, "source": source.facts}, draft.arrays, draft.texts)
    for number, place in enumerate(places(source.run)):
        with contextlib.suppress(OSError, Unusable):
            place.folder.mkdir(parents=number > 0, exist_ok=True)  # never the folder of a run that was deleted
            _tidy(place)
            packs.write(place.path(kind), draft)
            if number > 0:
                _prune(place.folder)
            return packs.load(place.path(kind))
    return packs.held(draft)


def _tidy(place: Place) -> None:
    """Remove what a writer left behind that was killed."""
    for path in place.folder.glob(f".{place.stem}.*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > LEFT_SECONDS:
                path.unlink()


def _prune(folder: Path) -> None:
    """Keep the newest packs of runs whose own folders cannot be written."""
    with contextlib.suppress(OSError):
        files: list[tuple[int, Any]] = sorted(
            ((path.stat().st_mtime_ns, path) for path in folder.iterdir()), reverse=True
        )
        for _, path in files[MOST_KEPT:]:
            path.unlink()
