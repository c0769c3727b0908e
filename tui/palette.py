"""The command palette's entries: what can be done here, and screens, runs, dialogues, presets and themes by name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.actions import ActionError, parse
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from engine.presets import PRESETS
from tui import format as fmt
from tui import fuzzy, keys, queries
from tui.fuzzy import Entry
from tui.outline import outline
from tui.screens.explore import ExploreScreen
from tui.screens.runs import RunsScreen
from tui.text import clean, fit

if TYPE_CHECKING:
    from tui.app import DialtuneApp

MOST_FOUND = 60
"""More is no answer, and each takes the terminal time to lay out."""
MOST_RUNS = 30
"""Runs listed before anything is typed."""

MOST_DIALOGUES = 20_000
"""Dialogues that are searched by name, those shown first; the query line finds all there are."""
DIALOGUE = 0.25
"""Weight of a dialogue: below a run of that name, above a preset."""

Go = Callable[[], object]
Place = Entry[Go]


class Places(Provider):
    """This screen's actions first, then screens, runs, dialogues, presets and themes.

    Everything is listed once, when the palette opens, and searched in a thread.
    """

    async def startup(self) -> None:
        """List all there is; what needs files or time, in a thread."""
        self._actions = list(self._of_screen())
        self._runs = await asyncio.to_thread(self._read_runs)
        self._others = [*await asyncio.to_thread(self._dialogues), *self._presets_and_themes()]

    @property
    def _terminal(self) -> DialtuneApp:
        return self.app  # type: ignore[return-value]

    async def discover(self) -> Hits:
        """What can be done here, and where one can go, before anything is typed."""
        others = [place for place in self._others if place.weight != DIALOGUE]
        for place in [*self._actions, *self._runs[:MOST_RUNS], *others]:
            yield DiscoveryHit(Content(place.name), place.value, text=place.name, help=_help(place))

    async def search(self, query: str) -> Hits:
        """What matches, the best first."""
        everything = [*self._actions, *self._runs, *self._others]
        for found in await asyncio.to_thread(fuzzy.search, everything, query, MOST_FOUND):
            place, name = found.entry, Content(found.entry.name)
            for at in found.places:
                name = name.stylize(self.match_style or "reverse", at, at + 1)
            yield Hit(found.score, name, place.value, text=place.name, help=_help(place))

    def _of_screen(self) -> Iterator[Place]:
        """The key table's actions that can be taken now, each with its key. Tables have keys enough."""
        app, scope = self._terminal, getattr(self.screen, "SCOPE", "")
        for part in keys.scopes(scope):
            if part == "table":
                continue
            target: Any = app if part == "app" else self.screen
            for key in app.key_table[part]:
                if key.action != "command_palette" and _possible(target, key.action):
                    go = partial(app.run_action, key.action, target)
                    yield Place(f"{key.label}  {key.written}", key.help, go, weight=1.0)

    def _read_runs(self) -> list[Place]:
        """Newest first. Blocks."""
        app = self._terminal
        bottom = app.screen_stack[0]
        rows = bottom.rows if isinstance(bottom, RunsScreen) else ()
        known = {row.name: row.outline for row in rows}
        found = []
        for run in app.workspace.runs():
            about, mark = known.get(run.name) or outline(run), fmt.state(run.status().state)
            words = f"{about.words}  " if about.words else ""
            go = partial(app.open_live, run.name)
            found.append(Place(f"Run {clean(run.name)}", f"{clean(words)}{mark.glyph} {clean(mark.word)}", go, 0.5))
        return found

    def _dialogues(self) -> list[Place]:
        """The dialogues shown on this screen, by id and topic, and its saved queries. Blocks."""
        screen = self.screen
        if not isinstance(screen, ExploreScreen) or screen.rows is None or screen.shown is None:
            return []
        ids, topics = screen.rows.ids, screen.rows.topics
        shown = screen.shown.places[:MOST_DIALOGUES].tolist()
        others = [place for place in range(min(len(ids), MOST_DIALOGUES)) if screen.shown.at[place] < 0]
        found = [
            Place(f"{fit(ids[place], 20)}  {fit(topics[place], 60)}", "", partial(screen.go, place), DIALOGUE)
            for place in [*shown, *others][:MOST_DIALOGUES]
        ]
        kept = queries.load(self._terminal.workspace.path)
        saved = [Place(f"Query {clean(name)}", text, partial(screen.put, text), 0.5) for name, text in kept.items()]
        return saved + found

    def _presets_and_themes(self) -> list[Place]:
        app = self._terminal
        presets = [
            Place(f"New run from {name}", preset.about, partial(app.open_new, preset=name), 0.1)
            for name, preset in PRESETS.items()
        ]
        themes = [
            Place(f"Theme {clean(name)}", "Colours", partial(app.choose_theme, name)) for name in app.themes_offered
        ]
        return presets + themes


def _possible(target: Any, action: str) -> bool:
    """Whether the action can be taken now, as far as its screen knows."""
    try:
        namespace, name, parameters = parse(action)
    except ActionError:
        return False
    return bool(namespace) or target.check_action(name, parameters) is not False


def _help(place: Place) -> Any:
    """Content, which Textual takes as it is; it would read a string as markup."""
    return Content(place.help) if place.help else None
