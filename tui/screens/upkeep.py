"""The keys on the table of runs that look after the workspace: check a run's folder, free disk space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui import format as fmt
from tui.text import clean

if TYPE_CHECKING:
    from engine.upkeep.reclaiming import Item


class Upkeep:
    """The actions of the screen with the runs that look after the workspace."""

    def action_check(self: Any) -> None:
        """Check the folder of the run under the cursor."""
        if (row := self.current) is not None:
            from tui.screens.checkup import CheckScreen  # the first frame does not wait for it

            self.app.push_screen(CheckScreen(self.terminal.folder(row.name)), lambda _: self.read_again())

    def action_reclaim(self: Any) -> None:
        """Show what can go, and let it go once confirmed."""
        from engine.upkeep import reclaiming

        screen: Any = self
        workspace = screen.terminal.workspace

        def look() -> None:
            items = reclaiming.plan(workspace)
            screen.from_thread(ask, items)

        def ask(items: list[Item]) -> None:
            if not items:
                screen.app.notify("There is nothing to reclaim.", markup=False)
                return
            from tui.screens.ask import ConfirmScreen

            total = fmt.size(sum(item.bytes for item in items))
            names = [f"{fmt.size(item.bytes):>9}  {item.run or item.path.name}: {item.why}" for item in items]
            what = "Models, summaries and scores stay; runs that wait or work are left alone."
            question = ConfirmScreen(f"Free {total} of disk space?", names, what)
            screen.app.push_screen(question, lambda yes: go(yes, items))

        def go(yes: bool | None, items: list[Item]) -> None:
            if yes:
                screen.run_worker(lambda: apply(items), thread=True, group="act")

        def apply(items: list[Item]) -> None:
            freed, stayed = reclaiming.carry_out(workspace, items)
            told = f"{fmt.size(freed)} are free again." + (f" {len(stayed)} things stayed." if stayed else "")
            screen.app.notify(clean(told), markup=False)
            screen.from_thread(screen.read_again)

        screen.run_worker(look, thread=True, group="act")
