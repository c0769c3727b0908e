"""What an import would do, to be shown before it is done: which rows belong where, and what becomes of each column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine import study
from engine.asking import Cancel
from engine.data.examples import Example
from engine.data.quoting import count, plain, quoted
from engine.data.sources import Loaded, absolute
from engine.errors import DataError, SpecError
from engine.importing import files
from engine.importing.files import Sheet
from engine.importing.matching import By, Found, Match, chosen, look, plausible
from engine.spec import DataSpec

HOW: dict[By, str] = {
    "id": "by id", "reference": "by reference", "dialogue": "by the dialogue's text", "order": "by order",
}  # fmt: skip
SHOWN = 3
"""Pairs shown before an import is taken."""
_FEW = 8
"""Rows named of those that match nothing."""


@dataclass(frozen=True)
class Material:
    """The two sides of an import, read: a file, and the data that its summaries are of."""

    sheet: Sheet
    data: DataSpec
    """Its source is absolute."""
    loaded: Loaded
    found: Found

    @property
    def examples(self) -> Sequence[Example]:
        """The dialogues to be matched: the test split, which runs decode too."""
        return self.loaded.splits.test

    @property
    def candidates(self) -> list[str]:
        """The columns that may be a model's summaries."""
        return [name for name in self.sheet.of_text() if name not in self.found.known]


@dataclass(frozen=True)
class Model:
    """One column, as a model's summaries."""

    column: str
    name: str
    """Of the folder that it becomes."""
    summaries: Mapping[int, str] = field(repr=False)
    """By place in the test split."""
    differing: int = 0
    """Dialogues of which several rows have different summaries; the first is taken."""
    empty: int = 0
    """Summaries that say nothing."""
    plausible: bool = True
    """Whether they speak of their dialogues more than of others."""


@dataclass(frozen=True)
class Plan:
    """All that an import would do."""

    material: Material
    match: Match
    models: tuple[Model, ...]

    def sentences(self) -> list[str]:
        """How rows were matched, how many, which not, and what else a person should know."""
        return [*self.facts(), *self.doubts()]

    def facts(self) -> list[str]:
        """How rows were matched, and how many."""
        match, examples = self.match, self.material.examples
        how = HOW[match.by] + (f" (column '{plain(match.column, 40)}')" if match.column else "")
        rows = len(match.places)
        of = f"{match.matched:,} of {count(rows, 'row')}" if match.matched < rows else f"All {count(rows, 'row')}"
        told = [f"{of} matched {how} with {match.dialogues:,} of {count(len(examples), 'test dialogue')}."]
        if match.matched > match.dialogues:
            several = f"{match.matched / match.dialogues:.3g} rows a dialogue: each dialogue counts once"
            told.append(f"{several}, scored against all its references.")
        return told

    def doubts(self) -> list[str]:
        """What did not match, differs or looks wrong; nothing where all is well."""
        match, examples = self.match, self.material.examples
        told = []
        if missing := match.unmatched():
            which = ", ".join(f"{number:,}" for number in missing[:_FEW]) + (", ..." if len(missing) > _FEW else "")
            told.append(f"{count(len(missing), 'row')} left out, for no dialogue fits: {which}.")
        if match.dialogues < len(examples):
            told.append(f"{count(len(examples) - match.dialogues, 'test dialogue')} without a summary: not scored.")
        if match.doubtful:
            told.append(f"{count(match.doubtful, 'row')} would fit more than one dialogue; taken in order.")
        for way, other in self.material.found.matches.items():
            if way not in (match.by, "order") and (amount := match.disagreements(other)):
                told.append(f"{count(amount, 'row')} would belong to another dialogue {HOW[way]}.")
        for model in self.models:
            who = f"'{plain(model.column, 40)}'"
            if model.differing:
                told.append(
                    f"{who} has different summaries for the same dialogue in {count(model.differing, 'case')}: the "
                    "first is taken."
                )
            if len(model.summaries) < match.dialogues:
                told.append(f"{who} has no summary of {count(match.dialogues - len(model.summaries), 'dialogue')}.")
            if model.empty:
                told.append(f"{who} has {count(model.empty, 'empty summary').replace('summarys', 'summaries')}.")
            if not model.plausible:
                told.append(
                    f"{who} has no more words in common with its dialogues than with others: is this the right "
                    "match, of the right data?"
                )
        return told

    def pairs(self, most: int = SHOWN) -> list[tuple[int, Example, dict[str, str]]]:
        """The first rows with their dialogues: number, example, and each model's summary by its name."""
        found: list[tuple[int, Example, dict[str, str]]] = []
        seen = set()
        for number, place in enumerate(self.match.places, start=1):
            if place is None or place in seen:
                continue
            seen.add(place)
            said = {model.name: model.summaries[place] for model in self.models if place in model.summaries}
            found.append((number, self.material.examples[place], said))
            if len(found) == most:
                break
        return found


# -- making one -----------------------------------------------------------------------------------


def read(path: Path, data: DataSpec, models: Sequence[str] = (), cancel: Cancel | None = None) -> Material:
    """Read the file and the data. ``models``: columns that are known to be summaries.

    Blocks. Raises DataError, HubError, Cancelled.
    """
    data = data.model_copy(update={"source": absolute(data.source)})
    sheet = files.read(path)
    if cancel is not None:
        cancel.check()
    loaded = study.load(data, cancel=cancel)
    if not loaded.splits.test:
        raise DataError(f"{plain(data.source)} has no test split", "", "Summaries are matched with its dialogues")
    return Material(sheet, data, loaded, look(sheet, loaded.splits.test, models))


def plan(material: Material, columns: Mapping[str, str], by: By | None = None) -> Plan:
    """What becomes of ``columns`` (each with the name of its model). Raises DataError."""
    match = chosen(material.found, by, material.sheet, material.examples)
    models = []
    for column, name in columns.items():
        _there(material.sheet, column)
        models.append(_model(material, match, column, name))
    return Plan(material, match, tuple(models))


def _model(material: Material, match: Match, column: str, name: str) -> Model:
    summaries: dict[int, str] = {}
    differing = set()
    for place, text in zip(match.places, material.sheet.texts(column), strict=True):
        if place is None or text is None:
            continue
        if summaries.setdefault(place, text).strip() != text.strip():
            differing.add(place)
    if not summaries:
        raise DataError(f"The column '{plain(column, 40)}' has no summary of a dialogue that matches")
    model = Model(column, name, summaries, len(differing), sum(not text.strip() for text in summaries.values()))
    return replace(model, plausible=plausible(summaries, material.examples))


def _there(sheet: Sheet, column: str) -> None:
    if column not in sheet.columns:
        has = f"Its columns are {quoted(sheet.columns)}" if sheet.named else "It is a text with a summary a line"
        raise DataError(f"{plain(str(sheet.path))} has no column '{plain(column, 40)}'", has)


def asked_columns(material: Material, given: Sequence[str], name: str | None, taken: Sequence[str]) -> dict[str, str]:
    """The columns to import with the names of their models: those ``given``, else all that may be summaries.

    A column is given as ``COLUMN`` or ``COLUMN=NAME``; without a name of its own it has ``name`` where it is the only
    one, else ``name`` and what sets it apart from the others. Without ``name``, that of the file, and a number where
    that is ``taken``. Raises DataError where no column is left, SpecError where two models get one name.
    """
    sheet = material.sheet
    named: dict[str, str | None] = {}
    for word in given:
        column, equals, own = word.rpartition("=")
        if word in sheet.columns or not equals:
            column, own = word, ""
        _there(sheet, column)
        named[column] = own or None
    if not named:
        named = dict.fromkeys(material.candidates)
    if not named:
        known = ", ".join(f"'{plain(column, 40)}' holds {what}" for column, what in material.found.known.items())
        why = f"{known}, and no other column holds text" if known else ""
        raise DataError(f"{plain(str(sheet.path))} has no column of summaries", why, "Say which with --column NAME")
    stem = name or slug(sheet.path.stem)
    if len(named) == 1:
        wanted = {column: own or stem for column, own in named.items()}
    else:
        tails = dict(zip(named, apart(list(named)), strict=True))
        wanted = {column: own or f"{stem}-{tails[column]}" for column, own in named.items()}
    if name is None:
        wanted = {column: own if named[column] else _free(own, taken) for column, own in wanted.items()}
    twice = {own for own in wanted.values() if list(wanted.values()).count(own) > 1}
    if twice:
        raise SpecError(f"Two columns would both be called {quoted(twice)}", "", "Name one with --column COLUMN=NAME")
    return wanted


def apart(columns: Sequence[str]) -> list[str]:
    """What sets each of ``columns`` apart, fit for a name: ``full_model``, ``lora_model`` are ``full`` and ``lora``."""
    parts = [[word for word in re.split(r"[\W_]+", column) if word] for column in columns]
    while all(len(words) > 1 for words in parts) and len({words[-1] for words in parts}) == 1:
        parts = [words[:-1] for words in parts]
    while all(len(words) > 1 for words in parts) and len({words[0] for words in parts}) == 1:
        parts = [words[1:] for words in parts]
    found = [slug("-".join(words)) for words in parts]
    return [name if found.count(name) == 1 else f"{name}-{at}" for at, name in enumerate(found, start=1)]


def slug(text: str) -> str:
    """``text`` as part of a run's name."""
    plain_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._]+", "-", plain_text).strip("-._")[:40].rstrip("-._") or "imported"


def _free(name: str, taken: Sequence[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free
