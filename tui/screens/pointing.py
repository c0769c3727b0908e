"""The cursor on a dialogue in the board's plot of one model against another."""

from __future__ import annotations

from typing import Literal

from tui import boarding
from tui.boarding import Known, Look
from tui.screens.base import RunScreen
from tui.widgets.modeltable import ModelTable


class Pointing(RunScreen):
    """The part of the board that goes from dialogue to dialogue."""

    known: Known | None
    look: Look | None
    view: str
    _dialogue: str | None
    _orders: dict[tuple[str, int, int], list[int]]

    @property
    def table(self) -> ModelTable:
        """The models."""
        return self.query_one(ModelTable)

    @property
    def baseline(self) -> int | None:
        """Place of the model that the others are compared with."""
        raise NotImplementedError

    def draw(self) -> None:
        """Draw the view."""
        raise NotImplementedError

    @property
    def pair(self) -> tuple[int, int] | None:
        """The models of the scatter: the one under the cursor, and the baseline or else a neighbour."""
        if self.known is None or len(self.known.standing.models) < 2:
            return None
        model, base = self.table.model, self.baseline
        if base is not None and base != model:
            return model, base
        return model, next(at for at in range(len(self.known.standing.models)) if at != model)

    @property
    def _order(self) -> list[int]:
        """Dialogues of the scatter from the greatest loss to the greatest win."""
        assert self.look is not None and self.pair is not None
        key = (self.look.key, *self.pair)
        if key not in self._orders:
            self._orders[key] = boarding.differences(self.look, *self.pair)
        return self._orders[key]

    def _place(self) -> int | None:
        """Where the dialogue under the cursor stands in that order."""
        if self.known is None or self._dialogue is None:
            return None
        row = self.known.standing.scores.place(self._dialogue)
        return self._order.index(row) if row in self._order else None

    def action_dialogue(self, step: int | Literal["first", "last"]) -> None:
        """Move the plot's cursor; any other view first gives way to the plot."""
        if self.known is None or self.look is None or self.pair is None or not self._order:
            return
        order, at = self._order, self._place()
        if isinstance(step, str):
            place = 0 if step == "first" else len(order) - 1
        elif at is None:
            place = len(order) - 1 if step > 0 else 0
        else:
            place = min(max(at + step, 0), len(order) - 1)
        self._dialogue = self.known.standing.scores.keys[order[place]]
        self.view = "scatter"
        self.draw()

    def action_explore(self) -> None:
        """Read the dialogue under the plot's cursor, the two models side by side; else all models and dialogues."""
        if self.known is None or self.look is None:
            return
        models = self.known.standing.models
        names, dialogue = list(models), ""
        if self.view == "scatter" and self.pair is not None and self._dialogue is not None:
            names, dialogue = [models[at] for at in sorted(self.pair)], self._dialogue
        self.terminal.open_explore(list(reversed(names)), dialogue)
