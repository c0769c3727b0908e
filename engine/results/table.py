"""A table of exact values, and the two forms that lose nothing: JSON and CSV. Drawing it is the terminal's work."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal[
    "text", "count", "score", "delta", "bleu", "percent", "seconds", "bytes", "time", "ratio", "change", "p", "energy",
    "money",
]  # fmt: skip
"""score and delta: ROUGE from 0 to 1; percent: 0 to 100; change: percent with its sign; time: seconds since the epoch;
energy: watt hours; p: a p-value."""


@dataclass(frozen=True)
class Column:
    """``key`` names it in JSON and CSV, ``label`` above a drawn column."""

    key: str
    label: str
    kind: Kind = "text"
    exported_only: bool = False
    """Left out where the table is drawn."""
    ends: tuple[str, str] | None = None
    """Keys of the lower and upper end of the figure's interval, which is drawn beside it."""


@dataclass(frozen=True)
class Table:
    """``rows`` map column keys to exact values; an absent or None value is unknown."""

    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...]
    caption: str = ""

    def json(self) -> str:
        """An array with one object a row, every column present."""
        return exact_json([{column.key: row.get(column.key) for column in self.columns} for row in self.rows])

    def csv(self) -> str:
        """A header of keys, then the rows; unknown values are empty."""
        return exact_csv([c.key for c in self.columns], [[row.get(c.key) for c in self.columns] for row in self.rows])


# Controls, formatting (bidirectional overrides, no width), lone surrogates, line separators: valid inside JSON
# strings, yet obeyed by terminals. As \u escapes they mean the same to every reader.
_STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def exact_json(values: Any) -> str:
    """``values`` as JSON that can be shown on a terminal as it is. Raises ValueError for NaN."""
    return _harmless(json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def exact_jsonl(rows: Iterable[Any]) -> str:
    """Each of ``rows`` as JSON on a line of its own, to be shown on a terminal as it is. Raises ValueError for NaN."""
    return "".join(_harmless(json.dumps(row, ensure_ascii=False, allow_nan=False)) + "\n" for row in rows)


def _harmless(text: str) -> str:
    steering = {c for c in set(text) if c != "\n" and unicodedata.category(c) in _STEERING}
    return text.translate({ord(c): json.dumps(c)[1:-1] for c in steering})


def exact_csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Comma-separated values with full precision; text is quoted as RFC 4180 says and otherwise left alone."""
    lines: list[str] = []
    for row in (header, *rows):
        line = io.StringIO()
        # Python quotes the line ends it writes and no others; with both, a lone carriage return is quoted too.
        csv.writer(line, lineterminator="\r\n").writerow(["" if value is None else value for value in row])
        lines.append(line.getvalue().removesuffix("\r\n"))
    return "\n".join(lines) + "\n"
