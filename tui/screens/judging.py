"""What a person says of dialogues while exploring them: marks, notes, and verdicts, blind ones too."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from engine.errors import DialtuneError
from engine.results.verdicts import Count, Ledger, pair_of
from engine.runs.folder import RunFolder
from tui import format as fmt
from tui.screens.querying import Querying
from tui.text import clean, fit

if TYPE_CHECKING:
    from engine.results.rows import Row


class Judging(Querying):
    """Keeps what is said in the workspace's ledger, in a thread and in the order in which it was said."""

    def __init__(self, runs: Sequence[RunFolder]) -> None:
        super().__init__(runs)
        self.blind: tuple[str, str] | None = None
        """The pair that is judged while its names are hidden; None while they are shown."""
        self._salt = b""
        self._in_turn = asyncio.Lock()

    @property
    def ledger(self) -> Ledger:
        """Of this workspace."""
        if not hasattr(self, "_ledger"):
            self._ledger = Ledger(self.terminal.workspace.path)
        return self._ledger

    @property
    def read_row(self) -> Row | None:
        """The dialogue that is laid out, where it is the one under the cursor too."""
        raise NotImplementedError

    def once_read(self, act: Callable[[Row], None]) -> None:
        """Do ``act`` with the dialogue under the cursor, once it is laid out."""
        raise NotImplementedError

    def on_said(self) -> None:
        """Draw what was said anew."""
        raise NotImplementedError

    def step(self) -> None:
        """Go on to the next dialogue."""
        raise NotImplementedError

    def on_screen_resume(self) -> None:
        """What other terminals said meanwhile is shown."""
        super().on_screen_resume()
        if self.rows is not None:
            self.say(lambda: None)

    # -- keeping ----------------------------------------------------------------------------------

    def say(self, work: Callable[[], None]) -> None:
        """Do ``work`` on the ledger, then show what holds."""
        self.run_worker(self._say(work), group="said")

    async def _say(self, work: Callable[[], None]) -> None:
        async with self._in_turn:  # what is said later must not be written earlier
            try:
                await asyncio.to_thread(work)
            except DialtuneError as error:
                self.app.notify(clean(error), severity="error", markup=False)
            self.said = await asyncio.to_thread(self.ledger.read)
        if self.is_attached:
            self.on_said()

    def action_mark(self) -> None:
        """Bookmark the dialogue, or take the mark away."""
        self.once_read(self._mark)

    def _mark(self, row: Row) -> None:
        self.say(partial(self.ledger.bookmark, row.key, row.id, row.key not in self.said.bookmarks))

    def action_note(self) -> None:
        """Ask for a line about the dialogue."""
        self.once_read(self._ask_note)

    def _ask_note(self, row: Row) -> None:
        from tui.screens.ask import TextScreen

        def answered(text: str | None) -> None:
            if text is not None:
                self.say(partial(self.ledger.note, row.key, row.id, text))

        now = self.said.notes.get(row.key, "")
        self.app.push_screen(TextScreen(f"A note on {fit(row.id, 40)}", now, "Empty takes it away."), answered)

    # -- judging ----------------------------------------------------------------------------------

    def order(self, key: str, pair: tuple[str, str]) -> tuple[str, str]:
        """The pair in the order in which the dialogue ``key`` shows it blind: another for each, the same each time."""
        first, second = pair
        drawn = hashlib.sha256(self._salt + key.encode()).digest()[0] & 1
        return (second, first) if drawn else (first, second)

    def action_judge(self, answer: str) -> None:
        """Say which of the pair's summaries is better: ``first``, ``second``, ``tie``, or ``none`` to take it back."""
        row, pair = self.read_row, self.blind or self.view.compared
        if pair is None:
            self.app.notify("A verdict takes two models.", severity="warning")
            return
        if row is None:  # only what is seen can be judged
            self.app.bell()
            return
        first, second = self.order(row.key, pair) if self.blind else pair
        if first not in row.summaries or second not in row.summaries:
            self.app.notify("One of the two has no summary of this dialogue.", severity="warning")
            return
        winner = {"first": first, "second": second, "tie": "", "none": None}[answer]
        said = {model: row.summaries[model].summary for model in (first, second)}
        blind = self.blind is not None
        self.say(partial(self.ledger.judge, row.key, row.id, said, winner, blind))
        if blind:
            if answer != "none":
                self.step()
            return
        words = f"{winner} is better than {second if winner == first else first}" if winner else "both are equally good"
        told = "The verdict is taken back" if winner is None else words
        self.app.notify(clean(f"{row.id}: {told}."), markup=False, timeout=3)

    def action_blind(self) -> None:
        """Hide the models' names and figures to judge their summaries, or show them again with the tally."""
        if self.blind is not None:
            pair, self.blind = self.blind, None
            self.app.notify(self._tally(*pair), markup=False, timeout=10)
        else:
            pair_now = self.view.compared
            if pair_now is None:
                self.app.notify(
                    f"Judging blind takes two models: {self.written('columns')} shows hidden ones.", severity="warning"
                )
                return
            self.blind, self._salt = pair_now, secrets.token_bytes(16)
            first, second, tie, none, end = map(self.written, ("first", "second", "tie", "unjudge", "blind"))
            words = f"{first} the first is better, {second} the second, {tie} equal, {none} takes it back."
            self.app.notify(f"{words} {end} shows the names again.", timeout=8)
        self.on_said()

    @property
    def judged(self) -> int:
        """Dialogues with a blind verdict on the blind pair."""
        return self._count().all

    def _count(self) -> Count:
        pair = self.blind or self.view.compared
        found = self.said.tally().get(pair_of(*pair)) if pair else None
        return found.blind if found else Count()

    def _tally(self, first: str, second: str) -> str:
        found = self.said.tally().get(pair_of(first, second))
        if found is None or not found.blind.all:
            return "No dialogue was judged blind."
        count, (one, other) = found.blind, pair_of(first, second)
        return clean(
            f"Judged blind, {fmt.count(count.all, 'dialogue')}: {one} better in {count.wins}, "
            f"{other} in {count.losses}, equal in {count.ties}."
        )
