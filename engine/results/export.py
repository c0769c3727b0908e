"""A table in a file: CSV, JSON lines, Markdown or Parquet, by the name's end; whole or not there at all.

JSON lines and Parquet hold every value as it is. So does CSV but for one thing: text that a spreadsheet would run as a
formula (it begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return) gets an apostrophe before it, for
dialogues are written by others and such files end up in spreadsheets. What ``dialtune ... --format csv`` writes to a
pipe is exact. Markdown is for reading: figures are rounded as the screens do.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engine.errors import SpecError, WorkspaceError
from engine.results.table import Kind, Table, exact_csv, exact_jsonl

SUFFIXES = (".csv", ".jsonl", ".md", ".parquet")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What the text of a cell begins with when spreadsheets take it for a formula (OWASP, "CSV Injection")."""

_WHOLE: set[Kind] = {"count", "bytes"}


class AlreadyThereError(WorkspaceError):
    """There is a file of that name, and it was not to be replaced."""


def write(table: Table, path: Path, drawn: Callable[[Table], str], replace: bool = False) -> None:
    """Write ``table`` to ``path`` in the form that its name ends in; ``drawn`` makes Markdown of it.

    Raises SpecError for another end, AlreadyThereError unless ``replace``, and WorkspaceError when the file cannot be
    written; what was there before is then untouched.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise SpecError(f"{path.name} does not say in which form", "", f"Let the name end in {', '.join(SUFFIXES)}")
    if suffix == ".parquet":
        _write(path, replace, lambda draft: _parquet(table, draft))
    else:
        write_text({".csv": _guarded, ".jsonl": _lines, ".md": drawn}[suffix](table), path, replace)


def write_text(text: str, path: Path, replace: bool = False) -> None:
    """Write ``text`` to ``path``, whole or not at all. Raises as :func:`write` does, whatever the name's end."""
    _write(path, replace, lambda draft: _text(draft, text))


def _write(path: Path, replace: bool, make: Callable[[Path], None]) -> None:
    draft = path.parent / f".{uuid.uuid4().hex}{path.suffix.lower()}"
    try:
        if path.is_dir():
            raise WorkspaceError(f"{path} is a folder", "", "Add the name of a file")
        if not replace and os.path.lexists(path):
            raise _taken(path)
        make(draft)
        _put(draft, path, replace)
    except OSError as error:
        todo = "Choose another place"
        raise WorkspaceError(f"{path} cannot be written", error.strerror or str(error), todo) from None
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def _put(draft: Path, path: Path, replace: bool) -> None:
    """Give the whole file its name. Raises AlreadyThereError, OSError."""
    if replace:
        draft.replace(path)
        return
    try:
        os.link(draft, path)  # unlike a rename, it never replaces what came there meanwhile
    except FileExistsError:
        raise _taken(path) from None
    except OSError:  # a file system without links
        if os.path.lexists(path):
            raise _taken(path) from None
        draft.replace(path)


def _taken(path: Path) -> AlreadyThereError:
    return AlreadyThereError(f"There is already a file {path}", "", "Choose another name")


def _text(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8", errors="replace", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _guarded(table: Table) -> str:
    keys = [column.key for column in table.columns]
    rows = [[_guard(row.get(key)) for key in keys] for row in table.rows]
    return exact_csv([_guard(key) for key in keys], rows)


def _guard(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _lines(table: Table) -> str:
    return exact_jsonl({column.key: row.get(column.key) for column in table.columns} for row in table.rows)


def _parquet(table: Table, path: Path) -> None:
    """A column of whole numbers, of numbers, of truths or of text each. Raises WorkspaceError without pyarrow."""
    try:
        import pyarrow as pa  # a tenth of a second; only those who ask for Parquet wait for it
        from pyarrow import parquet
    except ImportError:
        raise WorkspaceError("Parquet cannot be written", "pyarrow is not installed", "Use .csv or .jsonl") from None
    arrays = []
    for column in table.columns:
        values = [row.get(column.key) for row in table.rows]
        kind = _type(column.kind, values)
        made = {"string": pa.string(), "int64": pa.int64(), "double": pa.float64(), "bool": pa.bool_()}[kind]
        if kind == "string":
            values = [None if value is None else _utf8(str(value)) for value in values]
        arrays.append(pa.array(values, type=made))
    parquet.write_table(pa.Table.from_arrays(arrays, names=[column.key for column in table.columns]), path)


def _type(kind: Kind, values: Sequence[Any]) -> str:
    if kind == "text":
        known = [value for value in values if value is not None]
        return "bool" if known and all(isinstance(value, bool) for value in known) else "string"
    return "int64" if kind in _WHOLE and all(value is None or isinstance(value, int) for value in values) else "double"


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
