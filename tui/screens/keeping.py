"""Keeping a workspace in order: the actions of the screen with the runs that write notes and move runs away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui import format as fmt

if TYPE_CHECKING:
    from tui.listing import RunRow


class Keeping:
    """Note, rename, archive, delete, export."""

    def action_note(self: Any) -> None:
        """Write a line about the run under the cursor."""
        if (row := self.current) is None:
            return
        from tui.screens.ask import TextScreen

        run = self.terminal.folder(row.name)

        def answered(note: str | None) -> None:
            if note is not None:
                remarks = replace(row.remarks, note=note)
                self.act(lambda: run.write_remarks(remarks), "The note is kept." if note else "The note is gone.")

        self.app.push_screen(TextScreen(f"Note on {row.name}", row.remarks.note, "Empty removes it."), answered)

    def action_rename(self: Any) -> None:
        """Give the run under the cursor another name."""
        if (row := self.current) is None:
            return
        from tui.screens.ask import TextScreen

        def answered(name: str | None) -> None:
            if name and name != row.name:
                self.act(lambda: self.terminal.workspace.rename(row.name, name), f"{row.name} is now {name}.")

        self.app.push_screen(TextScreen(f"A new name for {row.name}", row.name), answered)

    def action_archive(self: Any) -> None:
        """Archive the chosen runs; where all are, take them out."""
        rows = self.chosen
        if not rows:
            return
        into = not all(row.remarks.archived for row in rows)

        def work() -> None:
            for row in rows:
                self.terminal.folder(row.name).write_remarks(replace(row.remarks, archived=into))

        done = f"{_named(rows)} {'archived; A shows archived runs' if into else 'no longer archived'}."
        self._marked.clear()
        self.act(work, done)

    def action_archived(self: Any) -> None:
        """Show archived runs too, or hide them."""
        self._archived = not self._archived
        self._draw()

    def action_delete(self: Any) -> None:
        """Delete the chosen runs, once confirmed."""
        rows = self.chosen
        if not rows:
            return
        from tui.screens.ask import ConfirmScreen

        def work() -> None:
            for row in rows:
                self.terminal.workspace.delete(row.name)

        def answered(yes: bool | None) -> None:
            if yes:
                self._marked.clear()
                self.act(work, f"{_named(rows)} deleted.")

        size = sum(row.size or 0 for row in rows)
        what = f"Models, checkpoints and summaries are lost; {fmt.size(size)} of disk space is freed."
        question = f"Delete {fmt.count(len(rows), 'run')} for good?"
        self.app.push_screen(ConfirmScreen(question, [row.name for row in rows], what), answered)

    def action_export(self: Any) -> None:
        """Write the marked runs, or all that are shown, to a file."""
        rows = [row for row in self._shown if row.name in self._marked] or list(self._shown)
        if rows:
            from tui.exports import Export, runs_table

            Export(self, "runs", fmt.count(len(rows), "run"), lambda: runs_table(rows)).ask()


def _named(rows: list[RunRow]) -> str:
    return f"{rows[0].name} is" if len(rows) == 1 else f"{len(rows):,} runs are"
