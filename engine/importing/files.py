"""A file of predictions, read: rows with named columns, or a text with a summary a line.

Every way such a file can be bad ends in a DataError that says where.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.data import formats
from engine.data.columns import clean
from engine.data.formats import kind
from engine.data.quoting import plain, quoted
from engine.errors import DataError

LINES = "line"
"""The column of a file that has no columns."""

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?%?|nan|inf|true|false|none|null", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Sheet:
    """What stands in the file."""

    path: Path
    """Absolute."""
    sha256: str
    bytes: int
    columns: Mapping[str, Sequence[Any]]
    """The values of each column, row after row; None where a row has none."""
    rows: int
    named: bool
    """Whether the columns have names; a text's lines have none."""

    def texts(self, column: str) -> list[str | None]:
        """The text of each row; None where there is none. Raises DataError for what is no text."""
        found: list[str | None] = []
        for number, value in enumerate(self.columns[column], start=1):
            if value is None or (isinstance(value, float) and value != value):
                found.append(None)
            elif isinstance(value, str):
                found.append(clean(value))
            else:
                where = f"row {number:,} of {plain(str(self.path))}"
                raise DataError(
                    f"The column '{plain(column, 40)}' cannot hold summaries", f"In {where} there is {kind(value)}",
                    f"The columns of text are {quoted(self.of_text())}",
                )  # fmt: skip
        return found

    def labels(self, column: str) -> list[str | None]:
        """Like :meth:`texts`, but whole numbers count as text too: they may be ids."""
        found: list[str | None] = []
        for value in self.columns[column]:
            if isinstance(value, float) and value.is_integer():  # integers with gaps come as floats from pandas
                value = int(value)
            if isinstance(value, int) and not isinstance(value, bool):
                value = str(value)
            found.append(clean(value) if isinstance(value, str) else None)
        return found

    def of_text(self) -> list[str]:
        """The columns that can be read as summaries: text and nothing else, and not figures written as text."""
        return [name for name, values in self.columns.items() if _is_text(values)]


def _is_text(values: Sequence[Any]) -> bool:
    said = False
    for value in values:
        if value is None or (isinstance(value, float) and value != value):
            continue
        if not isinstance(value, str):
            return False
        said = said or (bool(value.strip()) and not _NUMBER.fullmatch(value.strip()))
    return said


def read(path: Path) -> Sheet:
    """The file at ``path``: rows by its suffix (JSONL, JSON, CSV, TSV, Parquet), a text of lines for any other.

    Blocks. Raises DataError when the file cannot be opened, is damaged, is no UTF-8 text or holds nothing.
    """
    path = _absolute(path)
    where = plain(str(path))
    try:
        if path.is_dir():
            raise DataError(f"{where} is a folder", "", "Give one file of summaries")
        if not path.exists():
            raise DataError(f"There is no file {where}", "", "Relative paths start where dialtune was started")
        if not path.is_file():  # a pipe can be read once only, and some devices without end
            raise DataError(f"{where} is no ordinary file", "", "Write the summaries to one first")
        digest, size = _digest(path)
        rows = formats.read(path) if formats.readable(path) else None
        columns = {LINES: _lines(path)} if rows is None else _columns(rows)
    except OSError as error:
        raise DataError(f"{where} cannot be read", error.strerror or plain(str(error))) from None
    if not columns:
        raise DataError(f"{where} has no columns")
    return Sheet(path, digest, size, columns, max(map(len, columns.values())), rows is not None)


def _absolute(path: Path) -> Path:
    with contextlib.suppress(RuntimeError):  # ~somebody whom this machine does not know
        path = path.expanduser()
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # links that go round; a NUL in the name
        raise DataError(f"{plain(str(path))} cannot be read", plain(str(error))) from None


def _digest(path: Path) -> tuple[str, int]:
    """SHA-256 and bytes."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _lines(path: Path) -> list[str]:
    """A summary a line; an empty one in the middle is an empty summary. What follows the last line end is none."""
    lines = formats.decoded(path).split("\n")  # not splitlines(): a summary may have U+2028 and its like in it
    if not lines[-1].strip():
        lines.pop()
    if not lines:  # nothing but a byte order mark
        raise DataError(f"{plain(str(path))} is empty")
    return [line.removesuffix("\r") for line in lines]
