"""Columns: which one holds what the task reads, what it is to give, the id and the topic, and what values mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

from engine.data.formats import kind
from engine.data.quoting import count, plain, quoted
from engine.errors import DataError
from engine.spec import ColumnsSpec
from engine.tasks import Task, named

Role = str
"""A field of ``data.columns``."""
SplitName = Literal["train", "validation", "test"]
SPLITS: tuple[SplitName, ...] = get_args(SplitName)

COMMON: dict[Role, tuple[str, ...]] = {
    "id": ("id", "ids", "dialogueid", "dialogid", "conversationid", "exampleid", "uid", "uuid", "guid", "fname"),
    "topic": ("topic", "topics", "subject", "category", "domain"),
}  # fmt: skip
"""Names a column is recognised by that data of any task may have; a task names its own two."""

_SPEAKERS = ("speaker", "role", "from", "name", "author", "participant", "user", "sender")
_TEXTS = ("text", "content", "value", "utterance", "message", "body", "turn")


class Columns(NamedTuple):
    """The column of each role; None where there is none. ``dialogue`` is what a task reads, ``summary`` its target."""

    dialogue: str
    summary: str
    id: str | None
    topic: str | None

    def of(self, role: Role, task: Task) -> str:
        """The column that ``task`` calls ``role``; empty where there is none."""
        places = {task.source.name: self.dialogue, task.target.name: self.summary, "id": self.id, "topic": self.topic}
        return places[role] or ""


class Row(NamedTuple):
    """One row, checked. ``id`` is empty where the data gives none; ``place`` counts the split's rows from 0."""

    place: int
    id: str
    dialogue: str
    references: tuple[str, ...]
    topic: str


def find(
    names: Sequence[str], asked: ColumnsSpec, where: str, task: Task | None = None
) -> tuple[Columns, tuple[Role, ...]]:
    """The columns among ``names``, and the roles whose column was guessed by a name other than the role's.

    Raises DataError naming ``where``, the columns there are and the setting that says which one to take.
    """
    task = task or named()
    found: dict[Role, str | None] = {}
    guesses = {task.source.name: task.source.guesses, task.target.name: task.target.guesses, **COMMON}
    if not task.topic:
        guesses.pop("topic")
    for role in guesses:
        if (name := getattr(asked, role)) is not None:
            found[role] = _named(names, name, role, where)
    guessed: list[Role] = []
    for role, known in guesses.items():
        if role in found:
            continue
        found[role] = choice = _guess([n for n in names if n not in found.values()], known)
        if choice is not None and _key(choice) != role:
            guessed.append(role)
    for role in (task.source.name, task.target.name):
        if found[role] is None:
            raise _missing(f"{where} has no column known to hold the {role}", names, role)
    source, target = found[task.source.name], found[task.target.name]
    assert source is not None and target is not None
    return Columns(source, target, found["id"], found.get("topic")), tuple(guessed)


def _named(names: Sequence[str], name: str, role: Role, where: str) -> str:
    if name in names:
        return name
    alike = [other for other in names if other.casefold() == name.casefold()]
    if len(alike) == 1:
        return alike[0]
    raise _missing(f"{where} has no column '{plain(name, 40)}'", names, role)


def _guess(names: Sequence[str], guesses: Sequence[str]) -> str | None:
    keys: dict[str, str] = {}
    for name in names:
        keys.setdefault(_key(name), name)
    return next((keys[guess] for guess in guesses if guess in keys), None)


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _missing(happened: str, names: Sequence[str], role: Role) -> DataError:
    return DataError(happened, f"Its columns are {quoted(names)}", f"Say which with --set data.columns.{role}=NAME")


# -- values ---------------------------------------------------------------------------------------


def check(
    rows: Iterable[tuple[int, Mapping[str, Any]]],
    columns: Columns,
    where: str,
    split: SplitName | None,
    offset: int = 0,
    task: Task | None = None,
) -> tuple[list[Row], int]:
    """The rows as text, and how many empty references were left out.

    ``rows`` come with their number in ``where``, from 1; ``offset`` is how many rows of the split came before.
    Raises DataError for a dialogue or summary that is not text, for empty dialogues (where the task cannot use them),
    and in training rows (``split`` train, or None for data that is yet to be split) for rows without a summary. A
    label may be a number too.
    """
    task = task or named()
    targets = _references if task.target_kind == "text" else _classes
    result: list[Row] = []
    no_dialogue: list[int] = []
    no_summary: list[int] = []
    empty = seen = 0
    for number, row in rows:
        seen += 1
        try:
            dialogue = _dialogue(row.get(columns.dialogue))
            references, blanks = targets(row.get(columns.summary))
        except _UnfitError as unfit:
            raise DataError(
                f"Row {number} of {where} cannot be used",
                f"The {(task.target if unfit.role == 'summary' else task.source).name} there is {unfit}",
                unfit.todo,
            ) from None
        if (not dialogue or dialogue.isspace()) and not task.empty_source:
            no_dialogue.append(number)
        if not references:
            no_summary.append(number)
        empty += blanks
        identity = _label(row.get(columns.id)) if columns.id is not None else ""
        topic = _label(row.get(columns.topic)) if columns.topic is not None else ""
        result.append(Row(offset + number - 1, identity, dialogue, references, topic))
    if no_dialogue:
        raise _blank(task.source.name, no_dialogue, seen, where)
    if no_summary and split in ("train", None):
        raise _blank(task.target.name, no_summary, seen, where)
    return result, empty


class _UnfitError(Exception):
    """A value that is no text and cannot be made one."""

    def __init__(self, role: Role, what: str, todo: str = "") -> None:
        self.role, self.todo = role, todo
        super().__init__(what)


def _blank(role: Role, numbers: list[int], seen: int, where: str) -> DataError:
    first = ", ".join(f"{number:,}" for number in numbers[:5])
    which = f"row {first}" if len(numbers) == 1 else f"rows {first}" + (", ..." if len(numbers) > 5 else "")
    have = "has" if len(numbers) == 1 else "have"
    happened = f"{len(numbers):,} of {count(seen, 'row')} of {where} {have} an empty {role}: {which}"
    return DataError(happened, "", "Fill them in, or take them out")


def _dialogue(value: Any) -> str:
    if isinstance(value, str):
        return clean(value)
    if _absent(value):
        return ""
    if isinstance(value, list):
        return "\n".join(_turn(turn, number) for number, turn in enumerate(value, start=1))
    raise _UnfitError("dialogue", f"{kind(value)}, not text", "It must be text or a list of turns")


def _turn(turn: Any, number: int) -> str:
    if isinstance(turn, str):
        return clean(turn)
    todo = "A turn is text, or an object with a speaker and a text"
    if not isinstance(turn, Mapping):
        raise _UnfitError("dialogue", f"a list whose turn {number} is {kind(turn)}", todo)
    keys = {str(key).casefold(): key for key in turn}
    text = next((turn[keys[name]] for name in _TEXTS if isinstance(turn.get(keys.get(name)), str)), None)
    if text is None:
        raise _UnfitError("dialogue", f"a list whose turn {number} has no text", todo)
    speaker = next((_label(turn[keys[name]]) for name in _SPEAKERS if name in keys), "")
    return clean(f"{speaker}: {text}" if speaker else text)


def _references(value: Any) -> tuple[tuple[str, ...], int]:
    """The summaries in ``value`` that say something, and how many do not."""
    if isinstance(value, str):
        return ((), 1) if not value or value.isspace() else ((clean(value),), 0)
    if _absent(value):
        return (), 1
    if not isinstance(value, list):
        raise _UnfitError("summary", f"{kind(value)}, not text", "It must be text, or a list of texts")
    for one in value:
        if not isinstance(one, str) and not _absent(one):
            raise _UnfitError("summary", f"a list that has {kind(one)} in it", "It must be text, or a list of texts")
    kept = tuple(clean(one) for one in value if isinstance(one, str) and one and not one.isspace())
    return kept, max(1, len(value)) - len(kept)


def _classes(value: Any) -> tuple[tuple[str, ...], int]:
    """The label in ``value``, text or a number, in words; none where it is empty."""
    if isinstance(value, bool):
        return (str(value).lower(),), 0
    if isinstance(value, list | dict):
        raise _UnfitError("summary", f"{kind(value)}, not one label", "It must be text or a number, one label a row")
    label = " ".join(_label(value).split())
    return ((label,), 0) if label else ((), 1)


def _label(value: Any) -> str:
    """An id or a topic: text or a number, or a list of them; anything else counts as none."""
    if isinstance(value, str):
        return clean(value.strip())
    if isinstance(value, bool) or _absent(value):
        return ""
    if isinstance(value, float) and value.is_integer():  # integers with gaps come as floats from pandas
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return ", ".join(filter(None, map(_label, value)))
    return ""


def _absent(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def clean(text: str) -> str:
    """``text`` with lone surrogates, which JSON escapes can smuggle in, replaced: no UTF-8 can hold them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", "\ufffd", text)
    return text


def dialogues(rows: Iterable[Mapping[str, Any]], where: str) -> list[tuple[str, str]]:
    """Id and dialogue of each row, of data whose summaries are yet to be written; a row without an id has its number.

    Raises DataError where no column is known to hold dialogues, and for a row without one.
    """
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    known = named().source.guesses
    dialogue, identity = _guess(names, known), _guess(names, COMMON["id"])
    if dialogue is None:
        raise DataError(
            f"{where} has no column known to hold the dialogue", f"Its columns are {quoted(names)}",
            f"Call the column one of {', '.join(known[:6])}",
        )  # fmt: skip
    found = []
    for number, row in enumerate(rows, start=1):
        try:
            text = _dialogue(row.get(dialogue))
        except _UnfitError as unfit:
            raise DataError(f"Row {number} of {where} cannot be used", f"The dialogue there is {unfit}") from None
        if not text or text.isspace():
            raise DataError(f"Row {number} of {where} has no dialogue", "", "Fill it in, or take the row out")
        name = _label(row.get(identity)) if identity else ""
        found.append((name or str(number), text))
    return found
