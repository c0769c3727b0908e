"""What is to be summarised: a text, a table, a folder of texts, or lines that are still coming in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.data import columns, formats
from engine.data.quoting import count, plain
from engine.errors import DataError

TEXTS = (".txt", ".text", ".md")
"""Files of a folder that are a dialogue each."""
LINES = (".jsonl", ".ndjson")
TABLES = (".csv", ".tsv", ".parquet", ".json", *LINES)
_FORM = 'Write {"id": "1", "dialogue": "..."} a line'


@dataclass(frozen=True)
class Item:
    """One dialogue."""

    id: str
    dialogue: str


@dataclass(frozen=True)
class Given:
    """What there is to do."""

    items: Iterable[Item]
    total: int | None
    """How many; None while nobody knows."""
    single: bool = False
    """Whether it is one text, answered by text rather than by lines."""
    notices: tuple[str, ...] = ()


def read(path: Path) -> Given:
    """The dialogues of a file or a folder, all of them. Raises DataError."""
    where = plain(str(path))
    try:
        if path.is_dir():
            return _folder(path, where)
        if path.suffix.lower() in TABLES and path.exists():
            found = columns.dialogues(formats.read(path), where)
            return _many([Item(*one) for one in found])
        return _text(formats.decoded(path), where)
    except FileNotFoundError:
        raise DataError(f"There is no file {where}") from None
    except OSError as error:
        raise DataError(f"{where} cannot be read", error.strerror or str(error)) from None


def read_stream(stream: Iterable[bytes]) -> Given:
    """The dialogues of standard input.

    Where its first line is a JSON object with a dialogue, each line is one, and is taken as it comes; else it is one
    dialogue as text. Raises DataError, also while the lines are taken.
    """
    lines = _lines(stream)
    first = next(lines, "")
    if _object(first, 1) is not None:
        return Given(_coming(first, lines), None)
    rest = "\n".join([first, *lines])
    return _text(rest, "Standard input")


def _many(items: list[Item], notices: tuple[str, ...] = ()) -> Given:
    return Given(items, len(items), notices=notices)


def _text(text: str, where: str) -> Given:
    if not text.strip():
        raise DataError(f"{where} is empty")
    lines = [line for line in text.split("\n") if line.strip()]
    found = [_object(line, at) for at, line in enumerate(lines, 1)]
    if all(found):
        return _many([item for item in found if item is not None])
    return Given([Item("1", text.strip())], 1, single=True)


def _folder(path: Path, where: str) -> Given:
    """Every text file below ``path``, in the order of their names; hidden ones are left out."""
    files = sorted(
        file
        for file in path.rglob("*")
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )
    texts = [file for file in files if file.suffix.lower() in TEXTS]
    if not texts:
        if tables := [file for file in files if file.suffix.lower() in TABLES]:
            why, todo = f"It has {count(len(tables), 'table')}, such as {plain(tables[0].name)}", "Give one of them"
        else:
            why, todo = "", f"Put {', '.join(TEXTS)} files there, a dialogue each"
        raise DataError(f"The folder {where} has no text files", why, todo)
    items = []
    for file in texts:
        name = file.relative_to(path).as_posix()
        items.append(Item(columns.clean(name), formats.decoded(file).strip()))
    others = len(files) - len(texts)
    notices = (f"{count(others, 'file')} of {where} left out: no text.",) if others else ()
    return _many(items, notices)


def _lines(stream: Iterable[bytes]) -> Iterator[str]:
    """Lines with something in them before the first that has, then all of them."""
    begun = False
    at = 0
    for raw in stream:
        try:
            line = raw.decode("utf-8" if begun else "utf-8-sig").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise DataError(
                "Standard input is not UTF-8 text", f"Byte {at + error.start} does not fit", "Convert it with iconv"
            ) from None
        at += len(raw)
        begun = begun or bool(line.strip())
        if begun:
            yield line


def _coming(first: str, rest: Iterable[str]) -> Iterator[Item]:
    found = _object(first, 1)
    assert found is not None
    yield found
    number = 1
    for line in rest:
        if not line.strip():
            continue
        number += 1
        found = _object(line, number)
        if found is None:
            raise DataError(f"Row {number} of standard input is no JSON object with a dialogue", "", _FORM)
        yield found


def _object(line: str, number: int) -> Item | None:
    """The dialogue of a JSON line; None where it is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    dialogue = found.get("dialogue") if isinstance(found, dict) else None
    if not isinstance(dialogue, str) or not dialogue.strip():
        return None
    given = found.get("id")
    return Item(columns.clean(str(given)) if given not in (None, "") else str(number), columns.clean(dialogue))
