"""Asks how to stop a run; of one that was asked already, how long it has, and then whether to go further."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from engine import ladder
from engine.ladder import Ladder
from engine.runs.folder import RunFolder
from tui import format as fmt
from tui import keys
from tui.screens.late import Late
from tui.text import fit

LOOK = 1.0
"""Seconds between looks at how the run takes it."""
NEXT = {"stop.insist": "ask", "stop.force": "insist"}
"""The rung that must have been given its time before the key's own."""


class StopScreen(Late, ModalScreen[str]):
    """Ends with ``keep``, ``discard``, ``insist``, ``force`` or an empty word."""

    BINDINGS = keys.bindings("stop")
    CSS_PATH = "modal.tcss"

    def __init__(self, run: RunFolder) -> None:
        super().__init__()
        self._run = run
        self._ladder = Ladder()
        self._now = 0.0

    def compose(self) -> ComposeResult:
        """The question, and each key with what it does."""
        with Vertical(classes="box"):
            yield Static(self._question(), markup=False, id="question")

    def on_mount(self) -> None:
        """Look at once, and again while the question stands."""
        self._look()
        self.set_interval(LOOK, self._look)

    def _look(self) -> None:
        self.run_worker(self._read, thread=True, exclusive=True, group="ladder")

    def _read(self) -> None:
        found = ladder.look(self._run, self._run.status())
        self.from_thread(self._show, found, self.app.clock())  # type: ignore[attr-defined]

    def _show(self, found: Ladder, now: float) -> None:
        self._ladder, self._now = found, now
        self.query_one("#question", Static).update(self._question())

    def _left(self, key: str) -> float | None:
        """Seconds until the key's rung may be climbed; None where the one before it has not been."""
        climbed = self._ladder.rung
        if key not in NEXT:
            return 0.0
        if climbed == NEXT[key]:
            return self._ladder.grace(self._now)
        return 0.0 if climbed == "insist" else None

    def _question(self) -> Content:
        lines = [Content.assemble("Stop ", (fit(self._run.name, 50), "bold"), "?"), Content("")]
        if self._ladder.rung is not None:
            asked = "Told to end at once" if self._ladder.rung == "insist" else "Asked to stop"
            heard = "it is on its way" if self._ladder.noticed else "no answer yet"
            ago = fmt.duration(max(self._now - self._ladder.since, 0.0))
            lines[1:1] = [Content.styled(f"{asked} {ago} ago: {heard}.", "$warning")]
        for key in self.app.key_table["stop"]:  # type: ignore[attr-defined]
            left = self._left(key.id)
            if left is None:
                continue
            first = key.written.split(" ")[0]
            help = f"In {fmt.duration(left)}: {key.help}" if left else key.help
            lines.append(Content.assemble((f" {first} ", "bold $accent"), (f"{key.label:<14}", "bold"), help))
        return Content("\n").join(lines)

    def action_answer(self, answer: str) -> None:
        """Close with the answer; a rung whose time has not come is not climbed."""
        if answer in ("insist", "force") and self._left(f"stop.{answer}") != 0.0:
            self.app.bell()
            return
        self.dismiss(answer)
