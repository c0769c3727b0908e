"""Dialogues that occur twice: exactly (:mod:`engine.data.sameness`) or nearly.

Two dialogues are near duplicates when their sets of word 5-grams have a Jaccard index of at least
:data:`NEAR_PERCENT` (resemblance: A. Broder 1997, "On the resemblance and containment of documents"). Every pair
that reaches it is found and no other: candidates come from a prefix filter (S. Chaudhuri et al. 2006; R. Bayardo
et al. 2007, "Scaling up all pairs similarity search") and are then compared gram by gram. MinHash would miss some.

The filter: order all grams by how many dialogues have them, the rarest first. Of two sets that share enough, the
first ``n - ceil(threshold * n) + 1`` grams of each have one in common. Nearly every gram of real dialogues occurs
in one dialogue only and can be shared with none, so few dialogues are left to compare at all.
"""

from __future__ import annotations

import itertools
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.data import sameness

NEAR_PERCENT = 50
"""Least Jaccard index of near duplicates, in percent; whole, so that no rounding decides.

K. Lee et al. 2022, "Deduplicating training data makes language models better", ask for 80 of web pages. Of
DialogSum's pairs between 50 and 80, every one looked at is one dialogue typed twice."""
GRAM = 5
"""Words in a gram. A shorter dialogue is one gram."""
MOST_NEAR = 100_000
"""Near pairs that :func:`find` gives. Data with more are made from a few templates; more would tell nothing new."""

Progress = Callable[[int, int], None]
"""Called now and then with how much is done, and of how much. What it raises ends the work."""
_BEAT = 256


@dataclass(frozen=True)
class Duplicates:
    """What :func:`find` found; dialogues are told by their place among the texts given."""

    exact: tuple[tuple[int, ...], ...] = ()
    """Groups of two or more that are the same, each in ascending order."""
    near: tuple[tuple[int, int, float], ...] = ()
    """Pairs that are nearly the same, with their Jaccard index (0 to 1). The first of each exact group speaks for all
    of it."""
    complete: bool = True
    """False when there were more than :data:`MOST_NEAR` near pairs."""


def find(texts: Sequence[str], progress: Progress | None = None) -> Duplicates:
    """All duplicates among ``texts``."""
    groups = _groups(texts, progress)
    speakers = [members[0] for members in groups.values()]
    near: list[tuple[int, int, float]] = []
    complete = True
    for left, right, similarity in _near([texts[at] for at in speakers], progress=progress):
        if len(near) == MOST_NEAR:
            complete = False
            break
        near.append((speakers[left], speakers[right], similarity))
    return Duplicates(_several(groups), tuple(near), complete)


def copies(texts: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """Only the exact ones, as :attr:`Duplicates.exact` has them: a hundredth of the time."""
    return _several(_groups(texts, None))


def leaked(train: Sequence[str], others: Sequence[str], near: bool, progress: Progress | None = None) -> set[int]:
    """Places in ``train`` of dialogues that are among ``others``; with ``near``, nearly the same ones too."""
    known = {sameness.key(text) for text in others}
    found = {at for at, text in enumerate(train) if sameness.key(text) in known}
    if near and others:
        rest = [at for at in range(len(train)) if at not in found]
        texts = [*others, *(train[at] for at in rest)]
        found |= {rest[at - len(others)] for _, at, _ in _near(texts, apart=len(others), progress=progress)}
    return found


def similarity(left: str, right: str) -> float:
    """The Jaccard index (0 to 1) of two texts' word 5-grams; 0 where one has no words."""
    ids = _ids()
    one, other = (_grams(_numbered(text, ids)) for text in (left, right))
    return len(one & other) / len(one | other) if one and other else 0.0


class _Texts:
    """Texts as sets of grams, and how many texts share each gram."""

    def __init__(self, texts: Sequence[str], progress: Progress | None) -> None:
        ids = _ids()
        self._words: list[array[int]] = []
        self.hashes: list[array[int]] = []
        """Of each text's grams, each once. They only find candidates, so that two grams of one hash do no harm."""
        total = 0
        for at, text in enumerate(texts):
            found = array("I", _numbered(text, ids))
            self._words.append(found)
            hashes = array("q", set(map(hash, _windows(found))))
            self.hashes.append(hashes)
            total += len(hashes)
            _beat(progress, len(texts) + 2 * at, 4 * len(texts))
        self._mask = (1 << min(max(total * 2, 1 << 16).bit_length(), 27)) - 1
        # Counts share slots now and then, and end at 255: never too low below that, so no pair is lost.
        self._counts = counts = bytearray(self._mask + 1)
        slot_of = self._mask.__and__
        for hashes in self.hashes:
            for slot in map(slot_of, hashes):
                if counts[slot] < 255:
                    counts[slot] += 1

    def grams(self, at: int) -> set[tuple[int, ...]]:
        """The grams themselves."""
        return _grams(self._words[at])

    def prefix(self, at: int) -> list[int]:
        """Hashes of which every text that is near this one has one in its own prefix. Often none at all."""
        hashes, counts, mask = self.hashes[at], self._counts, self._mask
        length = len(hashes) - _part(len(hashes)) + 1
        shared = [value for value in hashes if counts[value & mask] != 1]
        alone = len(hashes) - len(shared)
        if alone >= length:
            return []
        shared.sort(key=lambda value: (counts[value & mask], value))
        return shared[: length - alone]


def _groups(texts: Sequence[str], progress: Progress | None) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for at, text in enumerate(texts):
        groups.setdefault(sameness.key(text), []).append(at)
        _beat(progress, at, 4 * len(texts))
    return groups


def _several(groups: dict[str, list[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(members) for members in groups.values() if len(members) > 1)


def _near(texts: Sequence[str], apart: int = 0, progress: Progress | None = None) -> Iterator[tuple[int, int, float]]:
    """Pairs of places in ``texts``, the lower one first, with their Jaccard index.

    ``apart`` > 0: only pairs of one text before that place and one from there on, one pair for each of the latter.
    """
    known = _Texts(texts, progress)
    index: dict[int, list[int]] = {}
    for at in range(len(texts)):
        _beat(progress, 3 * len(texts) + at, 4 * len(texts))
        candidates: set[int] = set()
        for value in known.prefix(at):
            if at < apart:
                index.setdefault(value, []).append(at)
                continue
            posted = index.get(value)
            if posted is not None:
                candidates.update(posted)
            if not apart:
                index.setdefault(value, []).append(at)
        if not candidates:
            continue
        size, grams = len(known.hashes[at]), known.grams(at)
        for other in sorted(candidates):
            if not _part(size) <= len(known.hashes[other]) <= 100 * size // NEAR_PERCENT:
                continue
            others = known.grams(other)
            shared = len(grams & others)
            union = len(grams) + len(others) - shared
            if 100 * shared >= NEAR_PERCENT * union:
                yield other, at, shared / union
                if apart:
                    break


def _part(size: int) -> int:
    """The least part of ``size`` that near duplicates share."""
    return -(-NEAR_PERCENT * size // 100)


def _ids() -> defaultdict[str, int]:
    """A number for each word, made when it is first met."""
    return defaultdict(itertools.count().__next__)


def _numbered(text: str, ids: defaultdict[str, int]) -> list[int]:
    return list(map(ids.__getitem__, sameness.words(text)))


def _grams(words: Sequence[int]) -> set[tuple[int, ...]]:
    return set(_windows(words))


def _windows(words: Sequence[int]) -> Iterable[tuple[int, ...]]:
    if len(words) < GRAM:
        return [tuple(words)] if words else []
    return zip(*(words[first:] for first in range(GRAM)), strict=False)


def _beat(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None and done % _BEAT == 0:
        progress(done, total)
