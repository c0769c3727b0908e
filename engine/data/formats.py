"""Files of rows: JSONL, JSON, CSV, TSV and Parquet, each read into one dict a row.

Every way such a file can be bad ends in a DataError that says where.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.data.quoting import plain, quoted
from engine.errors import DataError

Row = dict[str, Any]

_BOM = b"\xef\xbb\xbf"


def readable(path: Path) -> bool:
    """Whether the suffix is one that :func:`read` knows."""
    return path.suffix.lower() in _READERS


def read(path: Path) -> list[Row]:
    """The rows of ``path``, read by its suffix. Never empty.

    Raises DataError when the file cannot be opened, is of an unknown kind, is damaged or holds no rows.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        kind = f"{plain(path.suffix)} is" if path.suffix else "no suffix is"
        raise DataError(
            f"{plain(str(path))} cannot be read", f"{kind} not a kind of file that holds rows", f"Use {SUFFIXES}"
        )
    try:
        rows = reader(path)
    except OSError as error:
        raise DataError(f"{plain(str(path))} cannot be read", error.strerror or plain(str(error))) from None
    if not rows:
        raise DataError(f"{plain(str(path))} has no rows", "", "Each dialogue is one row")
    return rows


def decoded(path: Path) -> str:
    """The UTF-8 text of ``path``, without a byte order mark. Raises DataError, OSError."""
    data = path.read_bytes()
    if not data.strip():
        raise DataError(f"{plain(str(path))} is empty")
    start = len(_BOM) if data.startswith(_BOM) else 0
    try:
        text = data[start:].decode("utf-8")
    except UnicodeDecodeError as error:
        offset = error.start + start
        cause, todo = _suspect(data)
        raise DataError(
            f"{plain(str(path))} is not UTF-8 text (byte {offset} is 0x{data[offset]:02x})", cause, todo
        ) from None
    if (offset := text.find("\0")) >= 0:  # ASCII in UTF-16 without a mark is valid UTF-8, every second byte NUL
        cause, todo = _suspect(data)
        offset = len(text[:offset].encode()) + start
        raise DataError(f"{plain(str(path))} is not text (byte {offset} is NUL)", cause, todo)
    return text


def _suspect(data: bytes) -> tuple[str, str]:
    """What a file that is no UTF-8 text probably is, and what to do about it."""
    if data.startswith((b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")):
        return "It seems to be compressed, or a spreadsheet", "Unpack it, or export it as CSV in UTF-8"
    if data.startswith(b"PAR1"):
        return "It seems to be Parquet", "Give it the suffix .parquet"
    head = data[:4096]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(0) * 4 > len(head):
        return "It seems to be UTF-16", "Convert it with `iconv -f UTF-16 -t UTF-8`"
    if b"\0" in data:
        return "It seems to be binary or damaged", "Write it again as UTF-8 text"
    return "It seems to be Latin-1 or Windows-1252", "Convert it with `iconv -f WINDOWS-1252 -t UTF-8`"


# -- JSON -----------------------------------------------------------------------------------------


def _json(path: Path) -> list[Row]:
    text = decoded(path)
    if text.lstrip()[:1] == "[":
        values = _parse(text, path, "")
        numbered = enumerate(values, start=1)
        where = "row"
    else:
        # Not splitlines(): a JSON string may hold U+2028 and its like unescaped.
        lines = ((n, line) for n, line in enumerate(text.split("\n"), start=1) if line and not line.isspace())
        numbered = ((n, _parse(line, path, f"line {n}")) for n, line in lines)  # type: ignore[assignment]
        where = "line"
    rows = []
    for number, value in numbered:
        if not isinstance(value, dict):
            why = f'It has {kind(value)} there; a row is an object such as {{"dialogue": ..., "summary": ...}}'
            raise DataError(f"{where.capitalize()} {number} of {plain(str(path))} is no JSON object", why)
        rows.append(value)
    return rows


def _parse(text: str, path: Path, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = where or f"line {error.lineno}"
        why = f"{error.msg} at column {error.colno}"
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; brackets nested without end
        where, why = where or "it", plain(str(error))
    happened = f"{plain(str(path))} is not valid JSON" + ("" if where == "it" else f": {where} cannot be read")
    raise DataError(happened, why, "Write one object a line, or one array of objects")


def kind(value: object) -> str:
    """What a JSON value is, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    names: dict[type, str] = {str: "text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), f"a value of type {type(value).__name__}")


# -- CSV ------------------------------------------------------------------------------------------


def _csv(path: Path) -> list[Row]:
    return _delimited(path, ",")


def _tsv(path: Path) -> list[Row]:
    return _delimited(path, "\t")


def _delimited(path: Path, delimiter: str) -> list[Row]:
    text = decoded(path)
    head = text.lstrip().partition("\n")[0]
    if delimiter not in head:  # spreadsheets write ; where the comma is a decimal mark
        delimiter = next((other for other in (";", "\t", ",") if other in head), delimiter)
    with _fields_of_any_size():
        # strict, so that a quote that is never closed is an error rather than the rest of the file in one field
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            return list(_records(reader, path))
        except csv.Error as error:
            why = f"{plain(str(error))}; fields with quotes or line breaks must be quoted, and quotes in them doubled"
            raise DataError(f"{plain(str(path))} is not valid CSV near line {reader.line_num}", why) from None


def _records(reader: Any, path: Path) -> Iterator[Row]:
    header: list[str] = []
    line = 1
    for fields in reader:
        first, line = line, reader.line_num + 1
        if not fields:
            continue
        if not header:
            header = [name.strip() for name in fields]
            if twice := {name for name in header if name and header.count(name) > 1}:
                raise DataError(f"{plain(str(path))} has more than one column called {quoted(sorted(twice))}")
        elif len(fields) != len(header):
            raise DataError(
                f"Line {first} of {plain(str(path))} has {len(fields)} fields, but the header has {len(header)}",
                "",
                "Quote fields that contain the separator or line breaks",
            )
        else:
            yield dict(zip(header, fields, strict=True))


@contextmanager
def _fields_of_any_size() -> Iterator[None]:
    before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)


# -- Parquet --------------------------------------------------------------------------------------


def _parquet(path: Path) -> list[Row]:
    try:
        # Here, for it takes a fifth of a second and only Parquet needs it.
        import pyarrow as pa  # type: ignore[import-untyped,unused-ignore]
        from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        todo = "Install it with `pip install pyarrow`, or convert the file to JSONL"
        raise DataError(
            f"{plain(str(path))} cannot be read", "Parquet needs pyarrow, which is not installed", todo
        ) from None
    if not path.stat().st_size:
        raise DataError(f"{plain(str(path))} is empty")
    try:
        with ParquetFile(path) as file:
            rows: list[Row] = file.read(use_threads=False).to_pylist()
            return rows
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise DataError(
            f"{plain(str(path))} is not valid Parquet", plain(str(error)), "Copy or write it again"
        ) from None


_READERS: dict[str, Callable[[Path], list[Row]]] = {
    ".jsonl": _json, ".ndjson": _json, ".json": _json, ".csv": _csv, ".tsv": _tsv, ".parquet": _parquet,
}  # fmt: skip
SUFFIXES = "JSON lines (.jsonl), JSON, CSV, TSV or Parquet"
"""What :func:`read` knows, for messages."""
