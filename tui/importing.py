"""An import on its way: what was read, what would become of it, and how far it is, in threads. Knows no Textual."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from engine.asking import Cancel, Cancelled
from engine.errors import DialtuneError
from engine.importing import making
from engine.importing import plan as plans
from engine.importing.matching import By
from engine.importing.plan import Material, Plan
from engine.runs.workspace import Workspace, check_name
from engine.spec import DataSpec
from tui.background import Background, Work

READING, MATCHING, SCORING = "reading", "matching", "scoring"
"""What is at work, as the title says it."""


class Importing(Background):
    """All that is known so far. Threads change nothing but the progress; the rest they hand to ``later``."""

    def __init__(
        self, workspace: Workspace, source: str, thread: Callable[[Work], Any], later: Callable[[Work], Any],
        changed: Work,
    ) -> None:  # fmt: skip
        """The last three: see :class:`Background`."""
        super().__init__(thread, later, changed)
        self.workspace, self.file, self.source = workspace, "", source
        self._cancel = Cancel()
        self.by: By | None = None
        """The way of matching asked for; None takes the surest."""
        self._forget()

    def _forget(self) -> None:
        self.material: Material | None = None
        self.plan: Plan | None = None
        self.problem = ""
        """Why there is nothing to import."""
        self.doing = ""
        self.progress = (0, 0)
        self.names: dict[str, str] = {}
        """The model's name of each column of text."""
        self.marked: list[str] = []
        """Columns to import, in the file's order."""
        self.made: list[str] = []
        """The models there are now, once it is done."""

    @property
    def columns(self) -> list[str]:
        """The columns that can be imported."""
        return list(self.names)

    def about(self, column: str) -> str:
        """What is known of a column: its summaries, or that it holds something else."""
        model = next((model for model in self.plan.models if model.column == column), None) if self.plan else None
        if model is not None:
            return f"{len(model.summaries):,} summaries"
        return self.material.found.known.get(column, "") if self.material else ""

    # -- asking for something ---------------------------------------------------------------------

    def cancel(self) -> bool:
        """Give up what is at work; whether there was something."""
        self._cancel()
        was, self.doing = self.doing, ""
        return bool(was)

    def take_file(self, file: str) -> None:
        """Import from another file."""
        self.file = file
        self._read()

    def take_source(self, source: str) -> None:
        """Match with other data."""
        self.source = source
        self._read()

    def next_way(self) -> None:
        """Match by the next way that leads anywhere; after the last, by the surest."""
        if self.material is not None:
            ways: list[By | None] = [None, *self.material.found.matches]
            self.by = ways[(ways.index(self.by) + 1) % len(ways)] if self.by in ways else None
            self._match()

    def mark(self, column: str) -> None:
        """Import this column, or leave it."""
        left = [name for name in self.names if (name in self.marked) != (name == column)]
        self.marked = left
        self._match()

    def rename(self, column: str, name: str) -> None:
        """Name the model of a column. Raises WorkspaceError for a name that is unfit for a folder."""
        check_name(name)
        self.names[column] = name
        self._match()

    def start(self) -> str:
        """Import what is marked; a sentence where that cannot be done, else empty."""
        if self.doing:
            return f"Still {self.doing}: a moment."
        if self.plan is None or not self.plan.models:
            return self.problem or "No column is marked: Space marks one."
        self._begin(SCORING, partial(self._make, self.plan))
        return ""

    # -- in threads -------------------------------------------------------------------------------

    def _begin(self, doing: str, work: Callable[[Cancel], None]) -> None:
        self._cancel()
        self._cancel = cancel = Cancel()
        self.doing, self.progress, self.problem = doing, (0, 0), ""

        def run() -> None:
            try:
                work(cancel)
            except DialtuneError as error:
                self._tell(cancel, self._have_problem, str(error))
            except Cancelled:
                return

        self._thread(run)
        self._changed()

    def _read(self) -> None:
        self._forget()
        self.by = None
        self._begin(READING, self._reading)

    def _reading(self, cancel: Cancel) -> None:
        material = plans.read(Path(self.file), DataSpec(source=self.source), cancel=cancel)
        taken = [run.name for run in self.workspace.runs()]
        texts = material.sheet.of_text()
        found = plans.asked_columns(material, (), None, taken) if material.candidates or not texts else {}
        names = {column: found.get(column) or plans.slug(column) for column in texts}
        cancel.check()
        self._tell(cancel, self._have_material, material, names, list(found))

    def _match(self) -> None:
        if self.material is not None:
            columns = {column: self.names[column] for column in self.marked}
            self._begin(MATCHING, partial(self._matching, self.material, columns, self.by))

    def _matching(self, material: Material, columns: dict[str, str], by: By | None, cancel: Cancel) -> None:
        self._tell(cancel, self._have_plan, plans.plan(material, columns, by))

    def _make(self, plan: Plan, cancel: Cancel) -> None:
        def told(done: int, total: int) -> None:
            if not cancel.asked:
                self.progress = (done, total)

        runs = making.make(plan, self.workspace, told, cancel)
        self._tell(cancel, self._have_made, [run.name for run in runs])

    # -- where the rest lives ---------------------------------------------------------------------

    def _have_material(self, material: Material, names: dict[str, str], marked: list[str]) -> None:
        self.material, self.names, self.marked, self.doing = material, names, marked, ""
        self._match()

    def _have_plan(self, plan: Plan) -> None:
        self.plan, self.doing = plan, ""

    def _have_made(self, names: list[str]) -> None:
        self.made, self.doing = names, ""

    def _have_problem(self, problem: str) -> None:
        if self.doing != SCORING:
            self.plan = None
        self.problem, self.doing = problem, ""
