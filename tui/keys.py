"""Every key, once: bindings, footer and help are made from this table.

Each action has a key without modifiers. Ids are stable, so that a key map can rebind them.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True)
class Key:
    """A key (or several, with commas) and what it does."""

    id: str
    keys: str
    action: str
    label: str
    """One or two words for the footer."""
    help: str
    """A sentence for the help screen and the tooltip."""
    shown: bool = True
    """Whether the footer has it; the help screen has all."""
    display: str = ""
    """How the keys are written; made from ``keys`` when empty."""

    @property
    def written(self) -> str:
        """The keys as a person reads them."""
        return self.display or " ".join(_NAMES.get(key, key) for key in self.keys.split(","))


_NAMES = {
    "question_mark": "?", "colon": ":", "slash": "/", "escape": "Esc", "space": "Space", "enter": "Enter",
    "down": "↓", "up": "↑", "left": "←", "right": "→", "pagedown": "PgDn", "pageup": "PgUp", "home": "Home",
    "end": "End", "tab": "Tab", "less_than_sign": "<", "greater_than_sign": ">", "ctrl+p": "^p",
}  # fmt: skip

TITLES = {
    "app": "Everywhere",
    "table": "In a table or a list",
    "runs": "Runs",
    "live": "A run, live",
    "explore": "Explore",
    "new": "New run",
    "choose": "Choosing one of many",
    "stop": "Stopping a run",
    "text": "Typing an answer",
    "confirm": "Before something is lost",
    "help": "This help",
}

KEYS: dict[str, tuple[Key, ...]] = {
    "app": (
        Key("app.help", "question_mark", "help", "Help", "Show every key."),
        Key("app.palette", "colon,ctrl+p", "command_palette", "Go", "Go to a screen, a run or a theme by name."),
        Key("app.theme", "t", "next_theme", "Theme", "Take the next theme.", shown=False),
        Key("app.quit", "Q", "quit", "Quit", "Quit from anywhere; running runs go on.", shown=False),
        Key("app.focus", "tab", "app.focus_next", "Next pane", "Move to the next pane.", shown=False),
        Key("app.new", "2", "new", "New run", "Think up a new run: every field, and what it will need.", shown=False),
    ),
    "table": (
        Key("table.down", "j,down", "cursor_down", "Down", "One line down.", shown=False),
        Key("table.up", "k,up", "cursor_up", "Up", "One line up.", shown=False),
        Key("table.top", "g,home", "scroll_top", "Top", "To the first line.", shown=False),
        Key("table.bottom", "G,end", "scroll_bottom", "Bottom", "To the last line.", shown=False),
        Key("table.page_down", "f,pagedown", "page_down", "Page down", "One page down.", shown=False),
        Key("table.page_up", "b,pageup", "page_up", "Page up", "One page up.", shown=False),
        Key("table.left", "less_than_sign,left", "cursor_left", "Left", "Scroll to the left.", shown=False),
        Key("table.right", "greater_than_sign,right", "cursor_right", "Right", "Scroll to the right.", shown=False),
    ),
    "runs": (
        Key("runs.open", "enter", "open", "Open", "Open the run: live, or its record when it is over."),
        Key("runs.live", "l", "live", "Live", "Open the run's live screen.", shown=False),
        Key("runs.explore", "e", "explore", "Explore", "Compare the summaries of the marked runs, or of all runs."),
        Key("runs.mark", "space", "mark", "Mark", "Mark the run, or take its mark away; e, a and D act on all marked."),
        Key("runs.filter", "slash", "filter", "Filter", "Keep the runs with these words in any column or note."),
        Key("runs.sort", "o", "sort", "Sort", "Sort by the next column.", shown=False),
        Key("runs.reverse", "O", "reverse", "Reverse", "Sort the other way round.", shown=False),
        Key("runs.stop", "s", "stop", "Stop", "Stop the run; asks what to do with what it learnt."),
        Key("runs.resume", "r", "resume", "Resume", "Resume a run that broke off, from its last checkpoint."),
        Key("runs.note", "n", "note", "Note", "Write a line about the run.", shown=False),
        Key("runs.rename", "N", "rename", "Rename", "Give the run another name.", shown=False),
        Key("runs.archive", "a", "archive", "Archive", "Archive the run or the marked ones, or take them out.", False),
        Key("runs.archived", "A", "archived", "Archived", "Show archived runs too, or hide them.", shown=False),
        Key("runs.delete", "D", "delete", "Delete", "Delete the run or the marked ones; asks first.", shown=False),
        Key("runs.copy", "y", "copy", "Copy", "Copy the run's name.", shown=False),
        Key("runs.command", "Y", "copy_command", "As command", "Copy the command that shows the run.", shown=False),
        Key("runs.demo", "d", "demo", "Demo", "Start the demo's three runs; in an empty workspace."),
        Key("runs.unmark", "escape", "unmark", "Unmark", "Clear the filter; else take all marks away.", shown=False),
        Key("runs.new", "c", "new_from", "New run", "Think up a new run that starts from this one.", shown=False),
        Key("runs.new_preset", "C", "new_preset", "From preset", "Think up a new run from a preset.", shown=False),
        Key("runs.quit", "q", "app.quit", "Quit", "Quit. Running runs go on without the terminal."),
    ),
    "live": (
        Key("live.stop", "s", "stop", "Stop", "Stop the run; asks what to do with what it learnt."),
        Key("live.checkpoint", "c", "ask('checkpoint')", "Checkpoint", "Write a checkpoint after this step."),
        Key("live.evaluate", "v", "ask('evaluate')", "Evaluate", "Evaluate on the validation split after this step."),
        Key("live.resume", "r", "resume", "Resume", "Resume from the last checkpoint."),
        Key("live.log", "l", "enlarge('log')", "Log", "Enlarge the worker's log, or put it back."),
        Key("live.samples", "m", "enlarge('samples')", "Samples", "Enlarge the latest evaluation's summaries."),
        Key("live.notices", "n", "enlarge('notices')", "Notices", "Enlarge the notices."),
        Key("live.explore", "e", "explore", "Explore", "Compare the summaries of all runs that have some."),
        Key("live.copy", "y", "copy", "Copy", "Copy the text of the pane in focus, or the run's figures.", shown=False),
        Key("live.command", "Y", "copy_command", "As command", "Copy the command that follows the run.", shown=False),
        Key("live.next", "right_square_bracket", "other(-1)", "Next", "The run started after this one.", False, "]"),
        Key("live.previous", "left_square_bracket", "other(1)", "Previous", "The run started before.", False, "["),
        Key("live.back", "q,escape", "back", "Back", "Go back; the run goes on."),
    ),
    "explore": (
        Key("explore.filter", "slash", "filter", "Filter", "Keep the dialogues with these words, wherever they stand."),
        Key("explore.sort", "o", "sort", "Sort", "Sort by the next column."),
        Key("explore.reverse", "O", "reverse", "Reverse", "Sort the other way round."),
        Key("explore.read", "enter", "read", "Read", "Give the dialogue the whole screen, or the table back."),
        Key("explore.detail_down", "J", "detail(3)", "Scroll", "Scroll dialogue and summaries down.", display="J K"),
        Key("explore.detail_up", "K", "detail(-3)", "Scroll up", "Scroll them up.", shown=False),
        Key("explore.next", "right_square_bracket", "move(1)", "Next", "The next dialogue, from any pane.", False, "]"),
        Key("explore.previous", "left_square_bracket", "move(-1)", "Previous", "The previous dialogue.", False, "["),
        Key("explore.copy", "y", "copy", "Copy", "Copy the dialogue with every summary of it.", shown=False),
        Key("explore.command", "Y", "copy_command", "As command", "Copy the command for this comparison.", False),
        Key("explore.clear", "escape", "clear", "Clear", "Clear the filter; else go back.", shown=False),
        Key("explore.back", "q", "back", "Back", "Go back."),
    ),
    "new": (
        Key("new.edit", "enter", "edit", "Edit", "Type another value; Enter keeps it, Esc leaves it as it was."),
        Key("new.next", "space,l", "cycle(1)", "Next", "Take the next choice; type, where the field has none."),
        Key("new.previous", "h", "cycle(-1)", "Previous", "Take the choice before.", shown=False),
        Key("new.start", "s", "start(False)", "Start", "Start the run now and show it live."),
        Key("new.queue", "S", "start(True)", "Queue", "Start the run after those at work."),
        Key("new.probe", "p", "probe", "Probe", "Train a few steps to know time and memory; again to cancel."),
        Key("new.view", "v", "view", "View", "Show the forecast alone, then the TOML, then the fields again."),
        Key("new.from", "o", "from", "From", "Start from another preset or run."),
        Key("new.filter", "slash", "filter", "Filter", "Keep the fields with these words in any part.", False),
        Key("new.undo", "u", "undo", "Undo", "Give the field the value it started with."),
        Key("new.undo_all", "U", "undo_all", "Undo all", "Give every field the value it started with.", shown=False),
        Key("new.changed", "c", "changed", "Changed", "Show only the fields that differ from the start.", shown=False),
        Key("new.problem", "n", "problem", "Next error", "Go to the next field that cannot be used.", shown=False),
        Key("new.whole", "x", "whole", "Full TOML", "Show every field in the TOML, or what differs.", shown=False),
        Key("new.price", "m", "price", "Price", "Say what an hour of this machine costs.", shown=False),
        Key("new.save", "w", "save", "Save", "Write the TOML to a file.", shown=False),
        Key("new.copy", "y", "copy", "Copy", "Copy the TOML.", shown=False),
        Key("new.command", "Y", "copy_command", "As command", "Copy the command that starts this run.", shown=False),
        Key("new.clear", "escape", "clear", "Clear", "Leave a line, a view or the filter; else go back.", shown=False),
        Key("new.back", "q", "back", "Back", "Go back; the draft stays."),
    ),
    "choose": (
        Key("choose.take", "enter", "take", "Take", "Take the line under the cursor."),
        Key("choose.filter", "slash", "filter", "Filter", "Keep the lines with these words."),
        Key("choose.cancel", "escape,q", "cancel", "Cancel", "Clear the filter; else leave all as it is."),
    ),
    "stop": (
        Key("stop.keep", "s,enter", "answer('keep')", "Stop and keep", "End after this step; keep what was learnt."),
        Key("stop.discard", "d", "answer('discard')", "Discard", "End at once; nothing is decoded."),
        Key("stop.cancel", "c,q,escape", "answer('')", "Let it run", "Let it run."),
    ),
    "text": (Key("text.cancel", "escape", "cancel", "Cancel", "Leave all as it is."),),
    "confirm": (
        Key("confirm.yes", "y", "answer(True)", "Yes", "Do it."),
        Key("confirm.no", "n,q,escape", "answer(False)", "No", "Leave all as it is."),
    ),
    "help": (
        Key("help.ids", "i", "ids", "Names", "Show each action's name, for a key map of your own."),
        Key("help.close", "question_mark,q,escape", "close", "Close", "Close the help."),
    ),
}  # fmt: skip


def bindings(scope: str) -> list[BindingType]:
    """The bindings of one part of the table."""
    return [
        Binding(
            key.keys, key.action, key.label, show=key.shown, tooltip=key.help, id=key.id,
            key_display=key.display or _NAMES.get(key.keys.partition(",")[0]),
        )
        for key in KEYS[scope]
    ]  # fmt: skip


def scopes(screen: str) -> tuple[str, ...]:
    """The parts of the table that hold on a screen, its own first."""
    return tuple(dict.fromkeys((screen, "table", "app"))) if screen in KEYS else ("app",)
