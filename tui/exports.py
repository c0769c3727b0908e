"""What the screens show as tables for a file, and the question for its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import DialtuneError
from engine.results import export
from engine.results.classes import figure_of
from engine.results.table import Column, Kind, Table
from tui.tables import markdown
from tui.text import clean

if TYPE_CHECKING:
    from engine.results.rows import Row as DialogueRow
    from engine.results.rows import Rows
    from tui.listing import RunRow
    from tui.screens.base import RunScreen

_HINT = "The end says the form: .csv, .jsonl, .md or .parquet."
_HINT_PAGE = "The end says the form: .csv, .jsonl, .md, .tex or .parquet; .html is a page of all tables and plots."


def runs_table(rows: Sequence[RunRow]) -> Table:
    """The runs as they stand in ``rows``; Markdown leaves out what a list of runs is not read for."""
    columns = (
        Column("run", "run"), Column("state", "state"), Column("place", "place in queue", "count", True),
        Column("phase", "phase", exported_only=True), Column("progress", "progress", "percent", True),
        Column("method", "method"), Column("base", "base"), Column("data", "data"),
        Column("rouge1", "ROUGE-1", "score"), Column("best_metric", "", exported_only=True),
        Column("best_value", "", "bleu", True), Column("seconds", "time", "seconds"),
        Column("train_loss", "train loss", "bleu"), Column("peak_memory", "memory", "bytes"),
        Column("size", "on disk", "bytes"), Column("created", "created", "time"),
        Column("started", "", "time", True), Column("ended", "", "time", True), Column("step", "", "count", True),
        Column("total_steps", "", "count", True), Column("reason", "", exported_only=True), Column("note", "note"),
        Column("archived", "", exported_only=True),
    )  # fmt: skip
    return Table(columns, tuple(map(_run, rows)), "ROUGE-1: F1 × 100, mean over references.")


def _run(row: RunRow) -> dict[str, Any]:
    status, best = row.status, row.best or (None, None)
    return {
        "run": row.name, "state": status.state, "place": row.place, "phase": "" if status.over else status.phase,
        "progress": None if row.share is None else 100 * row.share, "method": row.outline.method,
        "base": row.outline.base, "data": row.outline.data, "rouge1": row.rouge1, "best_metric": best[0],
        "best_value": best[1], "seconds": row.elapsed, "train_loss": row.losses[-1] if row.losses else None,
        "peak_memory": row.peak_memory, "size": row.size, "created": status.created or None,
        "started": status.started or None, "ended": status.ended or None, "step": status.step,
        "total_steps": status.total_steps, "reason": status.reason, "note": row.remarks.note,
        "archived": row.remarks.archived,
    }  # fmt: skip


def rows_table(rows: Rows, places: Sequence[int], models: Sequence[str]) -> Table:
    """A row a dialogue in the order of ``places``: references, and every model's summary with all its scores.

    Markdown leaves out the dialogues, and all scores but ROUGE-1. Blocks: every text is read from disk.
    """
    cells, most = [], 0
    scores = dict.fromkeys(rows.metrics)
    scores.pop("tokens", None)  # a column of its own
    for place in places:
        row = rows.detail(place)
        most = max(most, len(row.references))
        scores |= dict.fromkeys(name for prediction in row.summaries.values() for name in prediction.scores)
        scores |= {figure_of(label): None for said in row.summaries.values() for label in said.probabilities}
        cells.append(_dialogue(row, models))
    columns = [Column("id", "id"), Column("topic", "topic"), Column("turns", "turns", "count", True)]
    columns.append(Column("dialogue", "dialogue", exported_only=True))
    columns += [Column(f"reference_{at}", f"reference {at}") for at in range(1, most + 1)]
    for model in models:
        columns.append(Column(f"{model}.summary", model))
        for name in scores:
            kind: Kind = "bleu" if name == "bleu" else "score"
            label = "ROUGE-1" if name == "rouge1" else name
            drawn = name in ("rouge1", "confidence")
            columns.append(Column(f"{model}.{name}", f"{model} {label}", kind, exported_only=not drawn))
        columns.append(Column(f"{model}.tokens", "", "count", True))
        columns.append(Column(f"{model}.truncated", "", exported_only=True))
    caption = "" if rows.labelled else "ROUGE-1: F1 × 100, mean over a dialogue's references."
    return Table(tuple(columns), tuple(cells), caption)


def _dialogue(row: DialogueRow, models: Sequence[str]) -> dict[str, Any]:
    cells: dict[str, Any] = {"id": row.id, "topic": row.topic, "turns": row.turns, "dialogue": row.dialogue}
    cells |= {f"reference_{at}": text for at, text in enumerate(row.references, start=1)}
    for model in models:
        if (prediction := row.summaries.get(model)) is None:
            continue
        cells |= {f"{model}.{name}": value for name, value in prediction.scores.items()}
        cells |= {f"{model}.{figure_of(label)}": share for label, share in prediction.probabilities.items()}
        cells |= {
            f"{model}.summary": prediction.summary,
            f"{model}.tokens": prediction.tokens,
            f"{model}.truncated": prediction.truncated,
        }
    return cells


class Export:
    """One export: asks for a name until the file is written or the user thinks better of it."""

    def __init__(
        self,
        screen: RunScreen,
        stem: str,
        what: str,
        make: Callable[[], Table],
        page: Callable[[], str] | None = None,
    ) -> None:
        """``stem``: the offered name without its end; ``what`` is exported, in words; ``make`` runs in a thread.

        ``page``: the same and more as HTML; with it, LaTeX is offered too.
        """
        self._screen, self._stem, self._what, self._make, self._page = screen, stem, what, make, page

    def ask(self, name: str = "", problem: str = "") -> None:
        """Ask for the file's name; ``problem`` says why the last one would not do."""
        from tui.screens.ask import TextScreen

        question = f"Export {self._what} to which file?"
        forms = _HINT if self._page is None else _HINT_PAGE
        hint = f"{problem}\n{forms}" if problem else f"{forms} In {clean(Path.cwd())}."
        self._screen.app.push_screen(TextScreen(question, name or f"{self._stem}.csv", hint), self._answered)

    def _answered(self, name: str | None) -> None:
        if name:
            self._begin(name, replace=False)

    def _begin(self, name: str, replace: bool) -> None:
        self._screen.app.run_worker(lambda: self._write(name, replace), thread=True, group="export")

    def _write(self, name: str, replace: bool) -> None:
        app = self._screen.app
        try:
            path = Path(name).expanduser()
            if self._page is not None and path.suffix.lower() == ".html":
                export.write_text(self._page(), path, replace)
            elif self._page is not None and path.suffix.lower() == ".tex":
                from tui.latex import latex

                export.write_text(latex(self._make()), path, replace)
            else:
                export.write(self._make(), path, markdown, replace)
        except export.AlreadyThereError:
            app.call_from_thread(self._replace, name)
        except (DialtuneError, RuntimeError) as error:  # expanduser knows no such user
            app.call_from_thread(self.ask, name, clean(error))
        else:
            app.notify(f"{clean(path.absolute())}: {clean(self._what)}.", markup=False)

    def _replace(self, name: str) -> None:
        from tui.screens.ask import ConfirmScreen

        def answered(yes: bool | None) -> None:
            if yes:
                self._begin(name, replace=True)
            else:
                self.ask(name)

        question = ConfirmScreen("Replace the file that is there?", [name], "What is in it now is lost.")
        self._screen.app.push_screen(question, answered)
