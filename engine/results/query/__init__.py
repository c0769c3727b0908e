"""What is asked of the table of dialogues in one line: words, comparisons, and how to sort.

The grammar is in :mod:`.syntax`, what names mean in :mod:`.names`. Importing this package brings no numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine.results.query.completion import Completion, complete
from engine.results.query.help import HELP, LABELS
from engine.results.query.names import Schema
from engine.results.query.parser import parse
from engine.results.query.syntax import Problem, Query, QueryError

if TYPE_CHECKING:
    from engine.results.query.evaluate import Result as Result
    from engine.results.rows.store import Rows

__all__ = [
    "HELP",
    "LABELS",
    "Completion",
    "Problem",
    "Query",
    "QueryError",
    "Result",
    "Schema",
    "complete",
    "parse",
    "run_query",
]


def run_query(
    rows: Rows,
    text: str,
    metric: str = "rouge1",
    sets: Mapping[str, Any] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Result:
    """See :func:`engine.results.query.evaluate.run_query`."""
    from engine.results.query.evaluate import run_query as run

    return run(rows, text, metric, sets, stop)


def __getattr__(name: str) -> Any:
    if name == "Result":  # numpy, only for who asks
        from engine.results.query.evaluate import Result

        return Result
    raise AttributeError(name)
