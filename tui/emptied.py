"""What is armed for the empty queue, read for the screen and the command line, in words. Knows no Textual."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from engine import emptied, queue
from engine.config import WhenEmpty
from engine.emptied import Armed, Seen
from tui.text import clean


@dataclass(frozen=True)
class Emptied:
    """What is armed, and what came of it."""

    armed: Armed | None = None
    seen: Seen = field(default_factory=Seen)
    fires_in: int | None = None
    """Seconds; None while nothing counts down."""
    watched: bool = True
    """Whether the process that is to do it is there."""

    @property
    def short(self) -> str:
        """A few words for a title; empty while nothing is armed."""
        if self.armed is None or not self.armed.here:
            return ""
        what = ", ".join(self.armed.acts)
        if not self.watched:
            return f"armed ({what}), but nothing watches: S"
        if self.fires_in is not None:
            return f"{what} in {self.fires_in} s: W cancels"
        return f"held back ({what}): a run failed" if self.seen.held else f"armed: {what}"


def read(workspace: Path, clock: Callable[[], float] = time.time) -> Emptied:
    """How things stand. Reads two small files."""
    armed, seen = emptied.armed(workspace), emptied.seen(workspace)
    if armed is None:
        return Emptied(None, seen)
    if seen.id != armed.id:  # of an earlier arming
        seen = Seen(armed.id)
    fires_in = max(round(seen.fires_at - clock()), 0) if seen.fires_at else None
    return Emptied(armed, seen, fires_in, queue.alive(workspace))


def sentences(found: Emptied, usual: WhenEmpty = WhenEmpty()) -> list[str]:  # noqa: B008 - frozen
    """All of it, a sentence a thing; nothing where nothing was ever armed. ``usual``: what config.toml says."""
    armed, seen = found.armed, found.seen
    if armed is None:
        if not seen.fired:
            return []
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(seen.fired))
        done = [f"  {clean(line)}" for entry in seen.done for line in entry.splitlines()]
        return [f"Done when the queue was empty, {when}:", *done]
    if not armed.here:
        return ["What was armed for the empty queue was armed before this machine started, or on another: not done."]
    if found.fires_in is not None:
        when = f"In {found.fires_in} s"
    else:
        when = f"When nothing runs any more (and {armed.countdown:g} s have passed)"
    lines = [f"{when}: {', '.join(armed.acts)}. `dialtune queue disarm` calls it off."]
    if "command" in armed.acts:
        lines.append(f"The command: {clean(armed.command or usual.command or 'config.toml has none any more')}")
    if seen.held:
        lines.append(
            f"Held back: {clean(seen.held)}. `dialtune queue arm ... --after-failure` would do it all the same."
        )
    elif not seen.runs and found.fires_in is None:
        lines.append("No run has been at work since it was armed.")
    if not found.watched:
        lines.append("Nothing watches; `dialtune queue start` does.")
    return lines
