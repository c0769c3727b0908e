"""Which dialogue a row of a file belongs to: by id, by reference, by dialogue, or by order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from engine.data import sameness
from engine.data.examples import Example
from engine.data.quoting import count, plain, quoted
from engine.errors import DataError
from engine.importing.files import Sheet
from engine.results.scoring import words

By = Literal["id", "reference", "dialogue", "order"]
WAYS: tuple[By, ...] = get_args(By)

ENOUGH = 0.5
"""A column of which at least this share is found among the ids, references, dialogues or topics is one of them; so is
one that finds at least this share of the dialogues, in a file of more than are asked for."""
_NUMBERED = re.compile(r"(.+)_\d{1,9}", re.DOTALL)
_ASKED = 300
"""Dialogues looked at to tell whether an order is plausible."""


@dataclass(frozen=True, eq=False)
class Match:
    """Rows of a file, each with its dialogue."""

    by: By
    column: str
    """Whose values were looked for; empty for order."""
    places: tuple[int | None, ...]
    """Of each row, the place of its dialogue in the test split; None where there is none."""
    doubtful: int = 0
    """Rows whose text belongs to more than one dialogue; they were taken in order."""

    @property
    def matched(self) -> int:
        """Rows that have a dialogue."""
        return sum(place is not None for place in self.places)

    @property
    def dialogues(self) -> int:
        """Dialogues that have a row."""
        return len({place for place in self.places if place is not None})

    def disagreements(self, other: Match) -> int:
        """Rows to which ``other`` gives another dialogue; none where its doubts explain them."""
        pairs = zip(self.places, other.places, strict=True)
        amount = sum(mine != its for mine, its in pairs if mine is not None and its is not None)
        return amount if amount > self.doubtful + other.doubtful else 0

    def unmatched(self) -> list[int]:
        """Numbers of the rows without a dialogue, from 1."""
        return [number for number, place in enumerate(self.places, start=1) if place is None]


@dataclass(frozen=True, eq=False)
class Found:
    """What the columns of a file are to a data set."""

    matches: Mapping[By, Match]
    """The best of each way that leads anywhere, the surest way first."""
    known: Mapping[str, str]
    """Columns that are no model's summaries, and what they hold: ids, references, dialogues or topics."""


def look(sheet: Sheet, examples: Sequence[Example], models: Sequence[str] = ()) -> Found:
    """How the rows of ``sheet`` can be matched with ``examples``; ``models`` are columns known to be summaries."""
    finders: dict[By, _Finder] = {"id": _Ids(examples), "reference": _Texts(examples, [e.references for e in examples])}
    finders["dialogue"] = _Texts(examples, [(e.dialogue,) for e in examples])
    topics = {example.topic for example in examples if example.topic}
    best: dict[By, Match] = {}
    known: dict[str, str] = {}
    for column in sheet.columns:
        if column in models or not sheet.named:
            continue
        values = sheet.labels(column)
        said = sum(bool(value and value.strip()) for value in values)
        for by, finder in finders.items():
            match = finder.match(by, column, values)
            if match.matched and (match.matched >= ENOUGH * said or match.dialogues >= ENOUGH * len(examples)):
                known.setdefault(column, f"{by}s")
                if by not in best or match.matched > best[by].matched:
                    best[by] = match
        if topics and said and sum(value in topics for value in values) >= ENOUGH * said:
            known.setdefault(column, "topics")
    if (ordered := _in_order(sheet.rows, examples)) is not None:
        best["order"] = ordered
    return Found({by: best[by] for by in WAYS if by in best}, known)


def chosen(found: Found, by: By | None, sheet: Sheet, examples: Sequence[Example]) -> Match:
    """The match by the way asked for; without one, the surest that finds the most rows.

    Order is taken only where nothing else is there to go by. Raises DataError, saying why, when there is none.
    """
    if by is not None:
        if by in found.matches:
            return found.matches[by]
        raise _nothing(sheet, examples, (by,))
    sure = [match for way, match in found.matches.items() if way != "order"]
    if sure:
        return max(sure, key=lambda match: match.matched)  # the first of equals: ids before texts
    if "order" in found.matches:
        return found.matches["order"]
    raise _nothing(sheet, examples, WAYS)


class _Finder:
    """Finds the places of texts among examples."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._examples = examples

    def places(self, value: str) -> Sequence[int]:
        """Where ``value`` is found: once for each time it is there, in order."""
        raise NotImplementedError

    def match(self, by: By, column: str, values: Sequence[str | None]) -> Match:
        """Each row's dialogue.

        Of several that fit, the one of the row before or the one after that; else each in turn.
        """
        found: list[int | None] = []
        taken: dict[tuple[int, ...], int] = {}
        doubtful, last = 0, -1
        for value in values:
            places = tuple(self.places(value)) if value and value.strip() else ()
            if not places:
                found.append(None)
                continue
            doubtful += len(set(places)) > 1
            turn = taken.get(places, 0)
            taken[places] = turn + 1
            last = next((place for place in places if place in (last, last + 1)), places[turn % len(places)])
            found.append(last)
        return Match(by, column, tuple(found), doubtful)


class _Ids(_Finder):
    """Ids as the data has them: an example's own, or those of its rows (``test_7_2``)."""

    def __init__(self, examples: Sequence[Example]) -> None:
        super().__init__(examples)
        self._places = {example.id: place for place, example in enumerate(examples)}

    def places(self, value: str) -> Sequence[int]:
        """The one dialogue of that id."""
        value = value.strip()
        place = self._places.get(value)
        if place is None and (numbered := _NUMBERED.fullmatch(value)):
            place = self._places.get(numbered[1])
        return () if place is None else (place,)


class _Texts(_Finder):
    """Texts that are the same but for case, punctuation and spaces."""

    def __init__(self, examples: Sequence[Example], texts: Sequence[Sequence[str]]) -> None:
        super().__init__(examples)
        self._places: dict[str, list[int]] = {}
        for place, group in enumerate(texts):
            for text in group:
                self._places.setdefault(sameness.key(text), []).append(place)

    def places(self, value: str) -> Sequence[int]:
        """Every dialogue that has such a text."""
        key = sameness.key(value)
        return self._places.get(key, ()) if key else ()


def _in_order(rows: int, examples: Sequence[Example]) -> Match | None:
    """A row a dialogue, or a row a reference; None where there are as many of neither."""
    if rows == len(examples):
        return Match("order", "", tuple(range(rows)))
    if rows == sum(len(example.references) for example in examples):
        places = [place for place, example in enumerate(examples) for _ in example.references]
        return Match("order", "", tuple(places))
    return None


def _nothing(sheet: Sheet, examples: Sequence[Example], ways: Sequence[By]) -> DataError:
    references = sum(len(example.references) for example in examples)
    reasons = []
    looked = [f"{way}s" for way in ways if way != "order"]
    if looked and sheet.named:
        either = " or ".join(part for part in (", ".join(looked[:-1]), looked[-1]) if part)
        reasons.append(f"no column holds the {either} of the test split")
    elif looked and "order" not in ways:
        reasons.append("a text has no columns")
    if "order" in ways:
        many = f" with {count(references, 'reference')}" if references != len(examples) else ""
        reasons.append(
            f"it has {count(sheet.rows, 'row')}, and the test split {count(len(examples), 'dialogue')}{many}"
        )
    why = "; ".join(reasons)
    columns = f". Its columns are {quoted(sheet.columns)}" if sheet.named else ""
    return DataError(
        f"The rows of {plain(str(sheet.path))} cannot be matched with the dialogues",
        f"{why[:1].upper()}{why[1:]}{columns}",
        "Are they summaries of that data's test split? A column of ids is the surest to match by",
    )


def plausible(summaries: Mapping[int, str], examples: Sequence[Example]) -> bool:
    """Whether summaries have more words in common with their own dialogues than with their neighbours'.

    ``summaries`` by place. Two hundred true ones always have; in a wrong order they have as many by chance. Too few to
    tell count as plausible.
    """
    places = sorted(summaries)
    step = max(1, len(places) // _ASKED)
    places = places[::step]
    if len(places) < 8:
        return True
    vocabulary = {place: frozenset(words(examples[place].dialogue)) for place in places}
    own = other = 0.0
    for place, neighbour in zip(places, (*places[1:], places[0]), strict=True):
        said = set(words(summaries[place]))
        if said:
            own += len(said & vocabulary[place]) / len(said)
            other += len(said & vocabulary[neighbour]) / len(said)
    return own > other * 1.1 or own == other == 0.0
