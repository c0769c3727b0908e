"""The table of test dialogues: one row a dialogue, what each chosen run says of it and how that scores.

:func:`open_rows` joins the ``predictions.jsonl`` of any runs. What is sorted, compared and searched is first written,
once a run, into a cache (:mod:`.keeping`) that is then mapped into memory; dialogues, references and summaries stay on
disk and are read row by row, so that 100,000 rows of twelve models cost a terminal little memory. Importing this
package is cheap; numpy comes with the first table that is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.runs.folder import Prediction, RunFolder

if TYPE_CHECKING:
    from engine.results.rows.store import Rows as Rows

Progress = Callable[[int, int], None]
"""Told, from any thread, how many bytes of how many are read; what it raises ends the reading."""

METRICS = (
    "rouge1", "rouge2", "rougeL", "rougeLsum", "rouge1_best", "rouge2_best", "rougeL_best", "rougeLsum_best",
    "bleu", "length_ratio", "novelty", "tokens", "correct", "confidence", "gold_probability",
)  # fmt: skip
"""The order of the figures that are known; runs may have others, which come after them."""
TIE = 5e-4
"""ROUGE figures that differ by less look the same with one decimal, so neither is best."""


@dataclass(frozen=True)
class Row:
    """One test dialogue, read from disk: what people and models wrote."""

    key: str
    """Stable identity of the dialogue, see :func:`engine.results.rows.building.key_of`."""
    id: str
    topic: str
    dialogue: str
    references: tuple[str, ...]
    turns: int
    summaries: Mapping[str, Prediction]
    """By model; one that did not summarise this dialogue is missing."""


class Means(dict[str, dict[str, float]]):
    """``{model: {metric: mean}}`` over the rows asked for that have the figure; unknown means are absent."""

    n: dict[str, int]
    """By model, how many of those rows it summarised."""

    def __init__(self, figures: Mapping[str, dict[str, float]], n: Mapping[str, int]) -> None:
        super().__init__(figures)
        self.n = dict(n)


def open_rows(runs: Sequence[RunFolder], progress: Progress | None = None) -> Rows:
    """Every dialogue that at least one of ``runs`` summarised, in the order of the first run that has it.

    Runs without summaries are left out. Blocks while caches are made (for 100,000 rows some five seconds a run,
    in processes of their own), so it belongs in a thread.
    """
    from engine.results.rows.opening import open_rows as opened

    return opened(runs, progress)


def __getattr__(name: str) -> Any:
    if name == "Rows":  # numpy, only for who asks
        from engine.results.rows.store import Rows

        return Rows
    raise AttributeError(name)
