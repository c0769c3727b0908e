"""A data set as the data screen and ``dialtune data`` show it: rows to read, filter and sort. Knows no Textual."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.cells import cell_len

from engine.data.audit import Measure, SplitFacts, facts, measures
from engine.data.columns import SPLITS, SplitName
from engine.data.examples import Example
from engine.data.leakage import Leakage, Pair, Place, Twin
from engine.data.sources import Loaded
from engine.results.facts import differences
from engine.spec import RunSpec, to_dict
from engine.study import Lengths
from tui.draft import setting
from tui.text import clean, fit

SHORT: dict[SplitName, str] = {"train": "train", "validation": "valid", "test": "test"}
"""A split in five letters."""
EXACT, NEAR = "=", "≈"
"""How a duplicate is marked."""


@dataclass(frozen=True)
class Row:
    """One example with its figures."""

    place: Place
    example: Example
    measure: Measure
    haystack: str = field(default="", repr=False, compare=False)
    """All its text, case folded, for the filter."""

    @property
    def summary_words(self) -> int:
        """Of its longest reference; 0 without one."""
        return max(self.measure.summary_words, default=0)


@dataclass(frozen=True, eq=False)
class Dataset:
    """What was read, with what can be said of it at once."""

    loaded: Loaded
    rows: tuple[Row, ...]
    facts: tuple[SplitFacts, ...]

    def row(self, place: Place) -> Row:
        """The row at ``place``."""
        return self.rows[self._first[place.split] + place.at]

    @property
    def _first(self) -> Mapping[SplitName, int]:
        splits = self.loaded.splits
        return {"train": 0, "validation": len(splits.train), "test": len(splits.train) + len(splits.validation)}


def dataset(loaded: Loaded) -> Dataset:
    """Measure every example of ``loaded``; half a second for ten thousand."""
    measured = measures(loaded.splits)
    rows = [
        Row(Place(split, at), example, figures, _haystack(example))
        for split in SPLITS
        for at, (example, figures) in enumerate(zip(getattr(loaded.splits, split), measured[split], strict=True))
    ]
    return Dataset(loaded, tuple(rows), facts(loaded.splits, measured))


def _haystack(example: Example) -> str:
    return "\n".join((example.id, example.topic, example.dialogue, *example.references)).casefold()


# -- choosing and ordering ------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """Which rows are shown."""

    words: tuple[str, ...] = ()
    """Case folded; a row has all of them somewhere."""
    split: SplitName | None = None
    leaked: bool = False
    """Only what is in more than one split."""

    def rows(self, data: Dataset, leakage: Leakage | None) -> list[Row]:
        """The examples of the choice, in the order of the data."""
        twins = leakage.twins if leakage else {}
        return [row for row in data.rows if self._has(row) and (not self.leaked or _leaks(twins.get(row.place)))]

    def pairs(self, data: Dataset, leakage: Leakage | None) -> list[Pair]:
        """The pairs of which one at least is of the choice, leaks first."""
        return [
            pair
            for pair in (leakage.pairs if leakage else ())
            if (not self.leaked or pair.left.split != pair.right.split)
            and (self._has(data.row(pair.left)) or self._has(data.row(pair.right)))
        ]

    def _has(self, row: Row) -> bool:
        if self.split is not None and row.place.split != self.split:
            return False
        return all(word in row.haystack for word in self.words)


def _leaks(twin: Twin | None) -> bool:
    return twin is not None and twin.leak


Order = tuple[str, Callable[[Any], Any]]


def row_orders(leakage: Leakage | None) -> list[Order]:
    """What examples can be sorted by: label and key."""
    twins = leakage.twins if leakage else {}

    def weight(row: Row) -> tuple[bool, bool, bool]:
        twin = twins.get(row.place)
        return (twin is None, not _leaks(twin), twin is None or not twin.exact)

    return [
        ("order of the data", lambda row: 0),
        ("id", lambda row: _natural(row.example.id)),
        ("topic", lambda row: row.example.topic.casefold()),
        ("turns", lambda row: row.measure.turns),
        ("words", lambda row: row.measure.words),
        ("summary words", lambda row: row.summary_words),
        ("references", lambda row: len(row.example.references)),
        ("duplicates", weight),
    ]


def pair_orders(data: Dataset) -> list[Order]:
    """What pairs can be sorted by."""
    return [
        ("weight", lambda pair: 0),
        ("similarity", lambda pair: pair.similarity),
        ("id", lambda pair: _natural(data.row(pair.left).example.id)),
        ("words", lambda pair: data.row(pair.left).measure.words),
    ]


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """``train_9`` before ``train_10``."""
    parts = re.findall(r"([0-9]{1,18})|([^0-9]+|[0-9]+)", text)
    return tuple((0, int(digits), "") if digits else (1, 0, other) for digits, other in parts)


# -- what it looks like ---------------------------------------------------------------------------


def named(source: str) -> str:
    """``source`` as a person would write it: a path from here, or from home."""
    path = Path(source)
    if path.is_absolute():
        with contextlib.suppress(OSError, RuntimeError, ValueError):  # no folder here any more, no home
            return str(path.relative_to(Path.cwd()))
        with contextlib.suppress(OSError, RuntimeError, ValueError):
            return str("~" / path.relative_to(Path.home()))
    return source


def ending(source: str, width: int) -> str:
    """``source`` in ``width`` cells; of a path that is too long, what it ends with."""
    if cell_len(clean(source)) <= width or "/" not in source:
        return fit(source, width)
    parts = clean(source).split("/")
    while len(parts) > 1 and cell_len("…/" + "/".join(parts)) > width:
        parts = parts[1:]
    return fit("…/" + "/".join(parts), width)


def mark(twin: Twin | None) -> str:
    """``= train``: in the training split too, exactly; ``≈`` nearly. Empty without a duplicate."""
    return f"{EXACT if twin.exact else NEAR} {SHORT[twin.other]}" if twin else ""


def explained(row: Row, twin: Twin | None) -> str:
    """A sentence on an example's duplicates; empty when it has none."""
    if twin is None:
        return ""
    how = "The same dialogue" if twin.exact else "Nearly the same dialogue"
    if not twin.leak:
        return f"{how} is in the {twin.other} split more than once."
    harm = "what is learnt from it is then measured" if "train" in (row.place.split, twin.other) else ""
    return f"{how} is in the {twin.other} split too{': ' + harm if harm else ''}."


def chosen_lengths(data: Dataset, lengths: Lengths | None, split: SplitName | None) -> tuple[list[int], list[int]]:
    """Figures of dialogues and of references, of one split or of all: tokens, or words without ``lengths``."""
    wanted = [name for name in SPLITS if split in (None, name)]
    if lengths is not None:
        of = (lengths.source, lengths.target)
        source, target = ([n for name in wanted for n in part[name]] for part in of)
        return source, target
    rows = [row for row in data.rows if row.place.split in wanted]
    return [row.measure.words for row in rows], [n for row in rows for n in row.measure.summary_words]


def command(spec: RunSpec, with_base: bool) -> list[str]:
    """``data SOURCE ...``: the command that shows the same without the screen."""
    words = ["data", spec.data.source]
    if with_base:
        words += ["--base", spec.base.name]
    shown = {key: value for key, value in changed(spec).items() if key.startswith(("data.", "prompt."))}
    shown.pop("data.source", None)
    return words + [
        word for key, value in shown.items() if value is not None for word in ("--set", setting(key, value))
    ]


def changed(spec: RunSpec) -> dict[str, Any]:
    """The fields of ``spec`` that differ from the defaults."""
    values = to_dict(spec)
    values.pop("preset", None)
    return {key: difference["value"] for key, difference in differences(values).items()}


def share(part: int, whole: int) -> str:
    """``2.1%``."""
    return f"{100 * part / whole:.1f}%" if whole else "0.0%"


def over(lengths: Sequence[int], limit: int) -> int:
    """How many exceed ``limit``."""
    return sum(length > limit for length in lengths)
