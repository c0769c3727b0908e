"""The command palette's entries: screens, runs and themes, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tui import format as fmt
from tui.text import clean, content

if TYPE_CHECKING:
    from tui.app import DialtuneApp


@dataclass(frozen=True)
class Place:
    """Something one can go to. Its texts are clean."""

    name: str
    help: str
    go: Callable[[], object]


class Places(Provider):
    """Screens first, then themes and runs."""

    async def startup(self) -> None:
        """List the runs once, in a thread, when the palette opens."""
        app: DialtuneApp = self.app  # type: ignore[assignment]
        self._places = [
            Place("Runs", "The workspace's runs", app.open_runs),
            Place("Explore", "Compare the summaries of all runs", partial(app.open_explore, [])),
            Place("Help", "Every key", app.action_help),
            Place("Playground", "Ask models about a dialogue of your own", app.action_playground),
            Place("Quit", "Leave; running runs go on", partial(app.exit, 0)),
        ]
        worker = app.run_worker(lambda: [(run.name, run.status().state) for run in app.workspace.runs()], thread=True)
        for name, state in await worker.wait():
            mark = fmt.state(state)
            about = f"Open the run: {mark.glyph} {clean(mark.word)}"
            self._places.append(Place(f"Run {clean(name)}", about, partial(app.open_live, name)))
        self._places += [
            Place(f"Theme {clean(name)}", "Colours", partial(app.choose_theme, name)) for name in app.available_themes
        ]

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for place in self._places:
            yield DiscoveryHit(content(place.name), place.go, text=place.name, help=place.help)

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for place in self._places:
            if (score := matcher.match(place.name)) > 0:
                yield Hit(score, matcher.highlight(place.name), place.go, text=place.name, help=place.help)
