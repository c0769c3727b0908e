"""Duplicates seen from the splits: what of one split is in another, which training examples a run should leave out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from engine.data.columns import SPLITS, SplitName
from engine.data.duplicates import Duplicates
from engine.data.examples import Example, Splits

ORDER: tuple[tuple[SplitName, SplitName], ...] = (
    ("test", "train"), ("validation", "train"), ("test", "validation"),
    ("train", "train"), ("validation", "validation"), ("test", "test"),
)  # fmt: skip
"""Pairs of splits, the one whose figures suffer first: leakage, then copies within a split."""


class Place(NamedTuple):
    """Where an example stands."""

    split: SplitName
    at: int


@dataclass(frozen=True)
class Pair:
    """Two examples that are the same or nearly."""

    left: Place
    right: Place
    similarity: float
    """Jaccard index of word 5-grams, 0 to 1; 1 for exact duplicates."""
    exact: bool


@dataclass(frozen=True)
class Overlap:
    """How many dialogues of ``split`` are in ``other`` too; within one split, how many repeat an earlier one of it."""

    split: SplitName
    other: SplitName
    exact: int
    near: int
    """Nearly, and not exactly."""

    @property
    def leak(self) -> bool:
        """Whether it is about two splits."""
        return self.split != self.other


@dataclass(frozen=True)
class Twin:
    """The worst that is to be said of an example: in another split rather than its own, exactly rather than nearly."""

    other: SplitName
    exact: bool
    leak: bool


def texts(splits: Splits) -> list[str]:
    """Every dialogue, in the order in which :class:`Leakage` counts them."""
    return [example.dialogue for split in SPLITS for example in getattr(splits, split)]


class Leakage:
    """``found`` among all dialogues of three splits, told by split."""

    def __init__(self, splits: Splits, found: Duplicates) -> None:
        self.complete = found.complete
        self._places = [Place(split, at) for split in SPLITS for at in range(len(getattr(splits, split)))]
        self._members: dict[int, dict[SplitName, list[int]]] = {}
        for group in found.exact:
            self._members[group[0]] = self._by_split(group)
        self._near: dict[int, list[int]] = {}
        for left, right, _ in found.near:
            for one, other in ((left, right), (right, left)):
                self._near.setdefault(one, []).append(other)
                self._members.setdefault(one, self._by_split((one,)))
        self._found = found

    def _by_split(self, group: Sequence[int]) -> dict[SplitName, list[int]]:
        result: dict[SplitName, list[int]] = {}
        for flat in group:
            result.setdefault(self._places[flat].split, []).append(flat)
        return result

    @cached_property
    def overlaps(self) -> tuple[Overlap, ...]:
        """One for each of :data:`ORDER`, also where nothing was found."""
        return tuple(Overlap(split, other, *self._count(split, other)) for split, other in ORDER)

    def _count(self, split: SplitName, other: SplitName) -> tuple[int, int]:
        if split != other:
            found = self.shared(split, other).values()
            return sum(found), len(found) - sum(found)
        exact = near = 0
        for speaker, members in self._members.items():
            if mine := members.get(split):
                exact += len(mine) - 1
                near += any(self._first(twin, split) < mine[0] for twin in self._near.get(speaker, ()))
        return exact, near

    def shared(self, split: SplitName, other: SplitName) -> dict[int, bool]:
        """Places in ``split`` of examples whose dialogue is in ``other`` too, and whether it is exactly the same."""
        found: dict[int, bool] = {}
        for speaker, members in self._members.items():
            exact = other in members
            if exact or any(other in self._members[twin] for twin in self._near.get(speaker, ())):
                found |= {self._places[flat].at: exact for flat in members.get(split, ())}
        return found

    def _first(self, speaker: int, split: SplitName) -> int:
        found = self._members[speaker].get(split)
        return found[0] if found else len(self._places)

    def excluded(self, near: bool) -> int:
        """Training examples that a run with ``data.exclude_leaked`` leaves out."""
        overlap = [twin for place, twin in self.twins.items() if place.split == "train" and twin.leak]
        return sum(twin.exact or near for twin in overlap)

    @cached_property
    def twins(self) -> Mapping[Place, Twin]:
        """What is to be said of each example that has a duplicate."""
        result: dict[Place, Twin] = {}
        for speaker, members in self._members.items():
            nearby = {split for twin in self._near.get(speaker, ()) for split in self._members[twin]}
            for split, flats in members.items():
                for flat in flats:
                    twin = _worst(split, set(members) - {split}, nearby, len(flats) > 1)
                    if twin is not None:
                        result[self._places[flat]] = twin
        return result

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Pairs to look at, leaks first, the most alike first. Of many copies, each stands beside the first one."""
        found: list[Pair] = []
        for group in self._found.exact:
            found += (self._pair(*two, 1.0, True) for two in _copies(self._members[group[0]]))
        for left, right, similarity in self._found.near:
            stars = _across(self._members[left], self._members[right])
            found += (self._pair(*two, similarity, False) for two in stars)
        return tuple(sorted(found, key=_by_weight))

    def work_out(self) -> None:
        """Find all of it now, in the thread that calls; it would be found when first asked for."""
        _ = self.pairs, self.twins, self.overlaps

    def _pair(self, one: int, other: int, similarity: float, exact: bool) -> Pair:
        left, right = self._places[one], self._places[other]
        if (left.split, right.split) not in ORDER or (left.split == right.split and right < left):
            left, right = right, left
        return Pair(left, right, similarity, exact)


_Members = Mapping[SplitName, Sequence[int]]


def _copies(members: _Members) -> Iterator[tuple[int, int]]:
    """Each of a group beside the first that another split, or its own, has: ten thousand copies give as many pairs."""
    for split, other in ORDER:
        if split == other:
            yield from ((members[split][0], flat) for flat in members.get(split, ())[1:])
        elif other in members:
            yield from ((flat, members[other][0]) for flat in members.get(split, ()))


def _across(one: _Members, two: _Members) -> Iterator[tuple[int, int]]:
    """The same of two groups that are near each other."""
    for split, other in ORDER:
        if split == other:
            if split in one and split in two:
                yield one[split][0], two[split][0]
            continue
        for mine, theirs in ((one, two), (two, one)):
            if other in theirs:
                yield from ((flat, theirs[other][0]) for flat in mine.get(split, ()))


def _by_weight(pair: Pair) -> tuple[int, bool, float, Place, Place]:
    return ORDER.index((pair.left.split, pair.right.split)), not pair.exact, -pair.similarity, pair.left, pair.right


def _worst(split: SplitName, exact: set[SplitName], near: set[SplitName], copies: bool) -> Twin | None:
    elsewhere = exact | (near - {split})
    if elsewhere:
        other = min(elsewhere, key=lambda name: (name not in exact, _rank(split, name)))
        return Twin(other, other in exact, leak=True)
    return Twin(split, copies, leak=False) if copies or split in near else None


def _rank(split: SplitName, other: SplitName) -> int:
    return next(at for at, two in enumerate(ORDER) if two in ((split, other), (other, split)))


def example(splits: Splits, place: Place) -> Example:
    """The example at ``place``."""
    found: Example = getattr(splits, place.split)[place.at]
    return found
