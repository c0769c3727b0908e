"""Columns: which one holds the dialogue, the summary, the id and the topic, and what their values mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

from engine.data.formats import kind
from engine.data.quoting import count, plain, quoted
from engine.errors import DataError
from engine.spec import ColumnsSpec

Role = Literal["dialogue", "summary", "id", "topic"]
SplitName = Literal["train", "validation", "test"]
SPLITS: tuple[SplitName, ...] = get_args(SplitName)

GUESSES: dict[Role, tuple[str, ...]] = {
    "dialogue": (
        "dialogue", "dialog", "dialogues", "dialogs", "conversation", "conversations", "transcript", "turns",
        "utterances", "messages", "chat", "document", "article", "text", "source", "input", "inputs", "content",
    ),
    "summary": (
        "summary", "summaries", "reference", "references", "target", "targets", "highlights", "abstract",
        "output", "outputs", "label", "labels",
    ),
    "id": ("id", "ids", "dialogueid", "dialogid", "conversationid", "exampleid", "uid", "uuid", "guid", "fname"),
    "topic": ("topic", "topics", "subject", "category", "domain"),
}  # fmt: skip
"""Names a column is recognised by, the surest first; case, spaces, dashes and underscores do not matter."""

_SPEAKERS = ("speaker", "role", "from", "name", "author", "participant", "user", "sender")
_TEXTS = ("text", "content", "value", "utterance", "message", "body", "turn")


class Columns(NamedTuple):
    """The column of each role; None where there is none."""

    dialogue: str
    summary: str
    id: str | None
    topic: str | None


class Row(NamedTuple):
    """One row, checked. ``id`` is empty where the data gives none; ``place`` counts the split's rows from 0."""

    place: int
    id: str
    dialogue: str
    references: tuple[str, ...]
    topic: str


def find(names: Sequence[str], asked: ColumnsSpec, where: str) -> tuple[Columns, tuple[Role, ...]]:
    """The columns among ``names``, and the roles whose column was guessed by a name other than the role's.

    Raises DataError naming ``where``, the columns there are and the setting that says which one to take.
    """
    found: dict[Role, str | None] = {}
    wanted: dict[Role, str | None] = {
        "dialogue": asked.dialogue, "summary": asked.summary, "id": asked.id, "topic": asked.topic,
    }  # fmt: skip
    for role, name in wanted.items():
        if name is not None:
            found[role] = _named(names, name, role, where)
    guessed: list[Role] = []
    for role in GUESSES:
        if role in found:
            continue
        found[role] = choice = _guess([n for n in names if n not in found.values()], role)
        if choice is not None and _key(choice) != role:
            guessed.append(role)
    for role in ("dialogue", "summary"):
        if found[role] is None:
            raise _missing(f"{where} has no column known to hold the {role}", names, role)
    dialogue, summary = found["dialogue"], found["summary"]
    assert dialogue is not None and summary is not None
    return Columns(dialogue, summary, found["id"], found["topic"]), tuple(guessed)


def _named(names: Sequence[str], name: str, role: Role, where: str) -> str:
    if name in names:
        return name
    alike = [other for other in names if other.casefold() == name.casefold()]
    if len(alike) == 1:
        return alike[0]
    raise _missing(f"{where} has no column '{plain(name, 40)}'", names, role)


def _guess(names: Sequence[str], role: Role) -> str | None:
    keys: dict[str, str] = {}
    for name in names:
        keys.setdefault(_key(name), name)
    return next((keys[guess] for guess in GUESSES[role] if guess in keys), None)


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
) -> tuple[list[Row], int]:
    """The rows as text, and how many empty references were left out.

    ``rows`` come with their number in ``where``, from 1; ``offset`` is how many rows of the split came before.
    Raises DataError for a dialogue or summary that is not text, for empty dialogues, and in training rows
    (``split`` train, or None for data that is yet to be split) for rows without a summary.
    """
    result: list[Row] = []
    no_dialogue: list[int] = []
    no_summary: list[int] = []
    empty = seen = 0
    for number, row in rows:
        seen += 1
        try:
            dialogue = _dialogue(row.get(columns.dialogue))
            references, blanks = _references(row.get(columns.summary))
        except _UnfitError as unfit:
            raise DataError(
                f"Row {number} of {where} cannot be used", f"The {unfit.role} there is {unfit}", unfit.todo
            ) from None
        if not dialogue or dialogue.isspace():
            no_dialogue.append(number)
        if not references:
            no_summary.append(number)
        empty += blanks
        identity = _label(row.get(columns.id)) if columns.id is not None else ""
        topic = _label(row.get(columns.topic)) if columns.topic is not None else ""
        result.append(Row(offset + number - 1, identity, dialogue, references, topic))
    if no_dialogue:
        raise _blank("dialogue", no_dialogue, seen, where)
    if no_summary and split in ("train", None):
        raise _blank("summary", no_summary, seen, where)
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
    dialogue, identity = (_guess(names, role) for role in ("dialogue", "id"))
    if dialogue is None:
        known = ", ".join(GUESSES["dialogue"][:6])
        raise DataError(
            f"{where} has no column known to hold the dialogue", f"Its columns are {quoted(names)}",
            f"Call the column one of {known}",
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
