"""The prompt behind a summary, read over Explore's table."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.errors import DialtuneError
from engine.runs.folder import RunFolder
from tui.screens.explain import ExplainScreen
from tui.screens.judging import Judging
from tui.text import fit

if TYPE_CHECKING:
    from engine.results.rows import Row


class Prompting(Judging):
    """Shows what the models on the screen read of the dialogue under the cursor."""

    def action_prompt(self) -> None:
        """The whole prompts, examples included."""
        self.once_read(self._ask_prompts)

    def _ask_prompts(self, row: Row) -> None:
        self.run_worker(self._show_prompts(row), group="prompts")

    async def _show_prompts(self, row: Row) -> None:
        names = () if self.blind else self.view.columns
        folders = [self.terminal.folder(name) for name in names]
        text = await asyncio.to_thread(_told, row.id, folders)
        if self.is_attached:
            none = (
                "Judging blind: whose prompt it is would say whose summary it is."
                if self.blind
                else "No model is shown."
            )
            self.app.push_screen(ExplainScreen(f"prompts of {fit(row.id, 40)}", text or none))


def _told(id: str, runs: list[RunFolder]) -> str:
    """What each run's model read, those that read the same together. Slow: files."""
    from engine.results import prompts

    said: dict[str, list[str]] = {}
    for run in runs:
        try:
            found = prompts.one(run, id)
        except DialtuneError as error:
            said.setdefault(str(error), []).append(run.name)
            continue
        more = [f"examples: {', '.join(found.shots)}"] if found.shots else []
        more += [f"left out, no room: {', '.join(found.dropped)}"] if found.dropped else []
        more += ["the end of the dialogue was cut"] if not found.whole else []
        said.setdefault("\n".join([*(f"({line})" for line in more), found.prompt]), []).append(run.name)
    return "\n\n".join(f"── {', '.join(names)} ──\n{text}" for text, names in said.items())
