"""Which dialogues are shown, in what order and with which figures: the part of Explore that asks the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.results.verdicts import Said
from engine.runs.folder import RunFolder
from tui import queries
from tui.explorer import KEPT, Shown, View, arrange, sorting, with_sorting
from tui.latest import Latest
from tui.metrics import metric
from tui.screens.base import RunScreen
from tui.session import Explored
from tui.text import clean, fit
from tui.widgets.query import QueryBar

if TYPE_CHECKING:
    from engine.results.query import Completion
    from engine.results.rows import Rows

SETS = """\
What people said of dialogues:
  is:marked  is:noted  is:judged   with a bookmark, with a note, with a verdict on any pair"""
EXAMPLES = {
    "where the models disagree most": "sort:disagreement-",
    "marked dialogues": "is:marked",
    "dialogues with a note": "is:noted",
    "dialogues without a verdict": "not is:judged",
    "long dialogues": "turns>12 sort:turns-",
}
"""Offered beside the queries that were saved."""


class Querying(RunScreen):
    """Holds the rows, the view that is asked for and what is shown of it."""

    def __init__(self, runs: Sequence[RunFolder]) -> None:
        super().__init__()
        self._runs = tuple(runs)
        self.rows: Rows | None = None
        self.view = View(tuple(run.name for run in runs))
        self.shown: Shown | None = None
        self.said = Said()
        self.arranging: Latest[View, Shown | None] = Latest(self, self._arrange, self._arranged)

    def show_rows(self) -> None:
        """Draw :attr:`shown`."""
        raise NotImplementedError

    @property
    def bar(self) -> QueryBar:
        """The query line."""
        return self.query_one(QueryBar)

    def written(self, id: str) -> str:
        """The key of an action, as a person reads it."""
        return next(
            key.written.split(" ")[0] for key in self.terminal.key_table["explore"] if key.id == f"explore.{id}"
        )

    # -- what is asked for ------------------------------------------------------------------------

    def look(self, view: View) -> None:
        """Show ``view`` as soon as it is worked out."""
        self.view = view
        self.keep_view()
        if self.rows is not None:
            self.arranging.ask(view)

    def _arrange(self, view: View) -> Shown | None:
        assert self.rows is not None
        return arrange(self.rows, view, self.shown, self.said, lambda: self.arranging.overtaken)

    def _arranged(self, shown: Shown | None) -> None:
        if shown is None:
            return
        self.shown = shown
        problem = shown.problem
        if problem is not None:
            self.bar.tell(problem.message, problem.position, shown.view.query)
        else:
            self.bar.tell(shown.hint)
        self.show_rows()

    def keep_view(self) -> None:
        """Note what is shown, for the next session."""
        view = self.view
        before = self.terminal.session.explored
        explored = replace(
            before, query=view.query, metric=view.metric, hidden=tuple(sorted(view.hidden)),
            pinned=tuple(sorted(view.pinned)), pair=view.pair or (),
        )  # fmt: skip
        self.terminal.remember(runs=self.shown_runs, explored=explored)

    def remembered(self, models: Sequence[str], metrics: Sequence[str]) -> View:
        """The view of ``models`` as they were last shown; of others, the metric alone."""
        last: Explored = self.terminal.session.explored
        same = set(self.terminal.session.runs) >= set(models)
        pair = last.pair if same and len(last.pair) == 2 else models[1::-1]
        view = View(
            tuple(models), frozenset(last.hidden), frozenset(last.pinned), last.metric,
            (pair[0], pair[1]) if len(pair) == 2 else None, last.query if same else "",
        )  # fmt: skip
        return view.suited(models, metrics)

    @property
    def shown_runs(self) -> tuple[str, ...]:
        """Those compared, in their order."""
        return self.view.models

    @property
    def models(self) -> tuple[str, ...]:
        """Those with summaries, in their order."""
        return self.view.models if self.rows is not None else ()

    # -- the query --------------------------------------------------------------------------------

    def complete(self, text: str, cursor: int) -> Sequence[Completion]:
        """What could come next in a query."""
        from engine.results.query import complete

        return complete(replace(self.rows.schema(), sets=KEPT), text, cursor) if self.rows is not None else ()

    def on_query_bar_asked(self, message: QueryBar.Asked) -> None:
        """Show what the query finds."""
        if message.text != self.view.query or message.done:
            self.look(replace(self.view, query=message.text))
        if message.done:
            self.give_back()

    def give_back(self) -> None:
        """Give the focus back to the table."""
        raise NotImplementedError

    def action_filter(self) -> None:
        """Open the query line."""
        self.bar.open()

    def on_query_bar_unsure(self) -> None:
        """What a query can say was asked for."""
        self.action_explain()

    def action_explain(self) -> None:
        """Show what a query can say."""
        from engine.results.query import HELP, LABELS
        from tui.screens.explain import ExplainScreen

        labels = f"{LABELS}\n" if self.rows is not None and self.rows.labelled else ""
        self.app.push_screen(ExplainScreen("What a query can say", f"{HELP.rstrip()}\n\n{labels}{SETS}"))

    def put(self, query: str) -> None:
        """Ask ``query`` as if it had been typed."""
        self.bar.put(query)

    def action_only(self) -> None:
        """Only the marked dialogues, or all of them."""
        words = self.view.query.split()
        kept = [word for word in words if word != "is:marked"]
        self.put(" ".join(kept if len(kept) < len(words) else [*words, "is:marked"]))

    # -- sorting ----------------------------------------------------------------------------------

    @property
    def orders(self) -> list[str]:
        """What the rows can be sorted by, as a query says it; empty for the order of the data."""
        if self.rows is None:
            return [""]
        view, written = self.view, self.rows.schema().written
        found = ["", "sort:topic", "sort:turns", "sort:length"]
        if len(view.columns) > 1:
            found.append("sort:disagreement-")
        if view.pair is not None:
            found.append(f"sort:({written(view.pair[0])} - {written(view.pair[1])})")
        return found + [f"sort:{written(model)}" for model in view.columns]

    def action_sort(self) -> None:
        """Sort by the next column, figures from low to high: where the models fail stands first."""
        orders, now = self.orders, sorting(self.view.query).rstrip("-+")
        at = next((at for at, order in enumerate(orders) if order.rstrip("-") == now), -1)
        self.put(with_sorting(self.view.query, orders[(at + 1) % len(orders)]))

    def action_reverse(self) -> None:
        """Sort the other way round."""
        now = sorting(self.view.query)
        if not now:
            key = self.written("sort")
            self.app.notify(f"The dialogues stand in the order of the data; {key} sorts them.", severity="warning")
            return
        self.put(with_sorting(self.view.query, now[:-1] if now.endswith("-") else f"{now.rstrip('+')}-"))

    # -- saved queries ----------------------------------------------------------------------------

    def _saved(self, then: Callable[[dict[str, str]], None]) -> None:
        place = self.terminal.workspace.path

        def read() -> None:
            self.from_thread(then, queries.load(place))

        self.run_worker(read, thread=True, group="saved")

    def action_saved(self) -> None:
        """Choose a saved query, or one of the examples."""
        self._saved(self._choose_saved)

    def _choose_saved(self, kept: dict[str, str]) -> None:
        from tui.screens.choose import ChooseScreen

        choices = [(f"saved {name}", name, text) for name, text in reversed(kept.items())]
        choices += [(f"example {name}", name, text) for name, text in EXAMPLES.items()]
        found = {key: text for key, _, text in choices}

        def chosen(key: str | None) -> None:
            if key is not None:
                self.put(found[key])

        self.app.push_screen(ChooseScreen("Which query?", choices), chosen)

    def action_save(self) -> None:
        """Ask for a name to keep the query under."""
        self._saved(self._name_query)

    def _name_query(self, kept: dict[str, str]) -> None:
        from tui.screens.ask import TextScreen

        query = self.view.query
        if not query:
            self.app.notify(
                f"There is no query to keep: {self.written('filter')} opens the line for one.", severity="warning"
            )
            return
        name = next((name for name, text in kept.items() if text == query), "")
        hint = "An empty name takes the saved query away." if name else "A name that is taken gets this query."

        def named(answer: str | None) -> None:
            if answer is None or not (answer or name):
                return
            place = self.terminal.workspace.path
            if answer:
                short = fit(answer, queries.LONGEST_NAME)
                self.act(
                    lambda: queries.save(place, short, query), f"{self.written('saved')} offers the query as {short}."
                )
            else:
                self.act(lambda: queries.save(place, name, ""), f"The query {name} is no longer kept.")

        self.app.push_screen(TextScreen(f"Keep {clean(query)[:60]} under which name?", name, hint), named)

    # -- models and figures -----------------------------------------------------------------------

    def action_metric(self, step: int) -> None:
        """Show another metric; a sorting by a model's figure follows."""
        if self.rows is not None:
            self.look(self.view.next_metric(self.rows.metrics, step))

    def action_columns(self) -> None:
        """Order, pin and hide models."""
        from tui.screens.columns import ColumnsScreen

        def answered(view: View | None) -> None:
            if view is not None:
                self.look(replace(self.view, models=view.models, hidden=view.hidden, pinned=view.pinned))

        if self.rows is not None:
            self.app.push_screen(ColumnsScreen(self.view), answered)

    def action_pair(self) -> None:
        """Choose the two models of the difference column."""
        from tui.screens.choose import ChooseScreen

        models = self.view.columns
        if len(models) < 2:
            self.app.notify(
                f"A difference takes two models: {self.written('columns')} shows hidden ones.", severity="warning"
            )
            return
        pairs = {f"{first} {second}": (first, second) for second in models for first in models if first != second}
        choices = [("none", "no difference", "leave the column out")]
        choices += [
            (key, clean(f"{a} − {b}"), f"where it is above zero, {clean(a)} is higher") for key, (a, b) in pairs.items()
        ]

        def chosen(key: str | None) -> None:
            if key is not None:
                self.look(replace(self.view, pair=pairs.get(key)))

        at = " ".join(self.view.pair) if self.view.pair else "none"
        self.app.push_screen(ChooseScreen("The difference of which two models?", choices, at), chosen)

    def described(self) -> str:
        """The metric shown, and what it is a figure of."""
        of = metric(self.view.metric)
        return f"{of.label}, {of.about}" if of.about else of.label
