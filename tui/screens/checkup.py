"""What a check of a run's folder found, over the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from engine.errors import DialtuneError
from engine.runs.folder import RunFolder
from tui import clipboard, keys
from tui import format as fmt
from tui.screens.late import Late
from tui.text import clean, fit

if TYPE_CHECKING:
    from engine.upkeep.checking import Report

_MARKS = {"fine": ("ok", "success"), "note": ("note", "label"), "damaged": ("DAMAGED", "error")}


class CheckScreen(Late, ModalScreen[None]):
    """Checks a run in a thread and lists what was found, damage first."""

    BINDINGS = keys.bindings("checkup")
    CSS_PATH = "modal.tcss"
    DEFAULT_CSS = """
    CheckScreen { align: center middle; background: $background 60%; }
    CheckScreen .box {
        width: 92; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
        background: $surface; border: round $primary;
    }
    CheckScreen #found { height: auto; max-height: 16; }
    """

    def __init__(self, run: RunFolder) -> None:
        super().__init__()
        self._run, self._report = run, None
        self._said = ""

    _report: Report | None

    def compose(self) -> ComposeResult:
        """The verdict, what was found, and the keys."""
        with Vertical(classes="box"):
            yield Static(Content.assemble("Checking ", (fit(self._run.name, 50), "bold"), " ..."), id="verdict")
            with VerticalScroll(id="found"):
                yield Static(id="lines", markup=False)
            yield Static(id="keys", markup=False)

    def on_mount(self) -> None:
        """Look."""
        self.query_one("#found").focus()
        self._look()

    def _look(self, mend: bool = False) -> None:
        self.run_worker(lambda: self._read(mend), thread=True, exclusive=True, group="check")

    def _read(self, mend: bool) -> None:
        from engine.upkeep.checking import check  # the list of runs does not wait for it

        said = ""
        if mend and self._report is not None:
            from engine.upkeep.repairing import repair

            try:
                said = f"{fmt.count(len(repair(self._run, self._report)), 'thing')} mended."
            except (DialtuneError, OSError) as error:
                said = str(error)
        report = check(self._run)
        self.from_thread(self._show, report, said)

    def _show(self, report: Report, said: str) -> None:
        self._report, self._said = report, said
        bad = sum(finding.level == "damaged" for finding in report.findings)
        verdict = f"{fmt.count(bad, 'thing')} damaged" if bad else "nothing is damaged"
        head = Content.assemble(
            (fit(report.run, 40), "bold"), f"  {clean(report.state)}  ", (verdict, "$error" if bad else "$success"),
            f"  {clean(said)}" if said else "",
        )  # fmt: skip
        self.query_one("#verdict", Static).update(head)
        order = {"damaged": 0, "note": 1, "fine": 2}
        lines: list[Any] = []
        for found in sorted(report.findings, key=lambda finding: order[finding.level]):
            mark, style = _MARKS[found.level]
            text = clean(f"{found.text} {found.saved}.").replace("..", ".") if found.saved else clean(found.text)
            lines.append(Content.assemble((f"{mark:<8}", f"${style}"), (clean(found.file), "bold"), f"  {text}"))
        self.query_one("#lines", Static).update(Content("\n").join(lines))
        shown: list[Any] = []
        for key in self.app.key_table["checkup"]:  # type: ignore[attr-defined]
            if key.action != "repair" or self._repairable:
                shown += [(f" {key.written.split(' ')[0]} ", "bold $accent"), f"{key.label}  "]
        self.query_one("#keys", Static).update(Content.assemble(*shown))

    @property
    def _repairable(self) -> bool:
        return self._report is not None and any(finding.repair for finding in self._report.findings)

    def action_repair(self) -> None:
        """Mend, and look again."""
        if self._repairable:
            self._look(mend=True)

    def action_copy(self) -> None:
        """Copy what was found, a line each."""
        if self._report is not None:
            lines = (f"{f.level}\t{f.file}\t{f.text}\t{f.saved}" for f in self._report.findings)
            clipboard.copy(self.app, "\n".join(lines))

    def action_close(self) -> None:
        """Back to the runs."""
        self.dismiss(None)
