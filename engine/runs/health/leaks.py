"""Leakage between the splits that a run really uses: after its limits, its ``every`` and its exclusions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.data.columns import SplitName
from engine.data.duplicates import GRAM, NEAR_PERCENT
from engine.runs.health.finding import Finding

if TYPE_CHECKING:
    from engine.data.examples import Splits
    from engine.data.leakage import Leakage

PAIRS: tuple[tuple[SplitName, SplitName], ...] = (
    ("test", "train"), ("validation", "train"), ("test", "validation"),
)  # fmt: skip
GRAVE = 0.01
"""Test examples that leaked, as a share of all, from which it is a warning rather than a piece of information: a
hundredth of the dialogues, were each of them worth 30 points more, would move a mean by 0.3."""


@dataclass(frozen=True)
class Shared:
    """Examples of one split whose dialogue is in another."""

    split: str
    other: str
    exact: int
    """But for case and punctuation."""
    near: int
    """Nearly, and not exactly: half of all their word 5-grams are the same."""

    @property
    def all(self) -> int:
        """Both."""
        return self.exact + self.near


@dataclass(frozen=True)
class Leaks:
    """What was looked at, and what was found."""

    fingerprint: str = ""
    """Of the splits; see :meth:`engine.data.examples.Splits.fingerprint`."""
    examples: dict[str, int] | None = None
    """How many each split has."""
    near: bool = True
    """Whether near duplicates were looked for."""
    seconds: float = 0.0
    shared: tuple[Shared, ...] = ()
    """One for each of :data:`PAIRS` whose splits both have examples, also where nothing was found."""
    test: tuple[str, ...] = ()
    """Ids of the test examples whose dialogue is in the training split, in order: a score without them is honest."""

    def between(self, split: str, other: str) -> Shared:
        """What ``split`` shares with ``other``."""
        found = (one for one in self.shared if (one.split, one.other) == (split, other))
        return next(found, Shared(split, other, 0, 0))


def leaks(splits: Splits, leakage: Leakage, near: bool = True, seconds: float = 0.0) -> Leaks:
    """What ``leakage`` means for a run that trains on, is chosen by and is scored on ``splits``."""
    sizes = {name: len(getattr(splits, name)) for name in ("train", "validation", "test")}
    found = {pair: leakage.shared(*pair) for pair in PAIRS if sizes[pair[0]] and sizes[pair[1]]}
    counts = tuple(
        Shared(*pair, sum(places.values()), len(places) - sum(places.values())) for pair, places in found.items()
    )
    ids = tuple(splits.test[at].id for at in sorted(found.get(("test", "train"), ())))
    return Leaks(splits.fingerprint(), sizes, near, seconds, counts, ids)


def findings(found: Leaks) -> list[Finding]:
    """What is to be said of it: a leaked test split first."""
    sizes = found.examples or {}
    told = []
    test = found.between("test", "train")
    if test.all:
        share = test.all / max(sizes.get("test", 0), 1)
        told.append(
            Finding(
                "warning" if share >= GRAVE else "info", "leak",
                f"{_words(test, sizes)}: the training data contain {100 * share:.1f} % of the test, so its score may "
                "be too good.",
                "The board marks it and gives the score without them. Set data.exclude_leaked=near to train "
                "without what leaked.",
                _figures(test, sizes),
            )
        )  # fmt: skip
    validation = found.between("validation", "train")
    if validation.all:
        share = validation.all / max(sizes.get("validation", 0), 1)
        told.append(
            Finding(
                "warning" if share >= GRAVE else "info", "leak-validation",
                f"{_words(validation, sizes)}: the validation loss may be too low, and the best checkpoint and early "
                "stopping go by it.",
                "Set data.exclude_leaked=near to train without what leaked.",
                _figures(validation, sizes),
            )
        )  # fmt: skip
    return told


def _words(one: Shared, sizes: dict[str, int]) -> str:
    nearly = f"{one.near:,} nearly (at least {NEAR_PERCENT} % of all their word {GRAM}-grams are the same)"
    how = " and ".join([f"{one.exact:,} exactly"] * bool(one.exact) + [nearly] * bool(one.near))
    of, noun = sizes.get(one.split, 0), "dialogue is" if one.all == 1 else "dialogues are"
    return f"{one.all:,} of {of:,} {one.split} {noun} in the {one.other} split too, {how}"


def _figures(one: Shared, sizes: dict[str, int]) -> dict[str, float]:
    return {"exact": one.exact, "near": one.near, "of": sizes.get(one.split, 0)}
