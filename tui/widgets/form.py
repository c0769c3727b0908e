"""The fields of a draft as a table: what each is, how it differs from the start, what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text
from textual.content import Content
from textual.events import Resize

from engine import methods
from engine.spec.help import allowed_values, unit_of
from tui import themes
from tui.draft import FIELDS, NOT_TYPED, Draft, choices
from tui.format import MISSING
from tui.text import clean, fit, plain
from tui.widgets.table import Table

CHANGED, WRONG = "●", "✗"
_NAME, _UNIT, _GAPS = 24, 11, 12
_LEAST_VALUE = 14


class Form(Table):
    """One row a field, in the spec's order; sections are the first part of the name."""

    def __init__(self, id: str = "fields") -> None:
        super().__init__(id=id)
        self._draft: Draft | None = None
        self._keys: Sequence[str] = ()
        self._room = 0

    def on_resize(self, event: Resize) -> None:
        """Give the values the room there is."""
        room = max(event.size.width - _NAME - _UNIT - _GAPS, _LEAST_VALUE)
        if room != self._room:
            self._room = room
            at = self.cursor_key
            self.head(
                [("mark", Text(""), 1), ("field", Text("field"), _NAME), ("value", Text("value"), room),
                 ("unit", Text("unit"), _UNIT)]
            )  # fmt: skip
            self._draw()
            if at is not None:
                self.go(at)
        self.move_cursor(row=self.cursor_row)  # into view: the line that is typed into takes a row away

    def fill(self, draft: Draft, keys: Sequence[str]) -> None:
        """Show the fields ``keys`` of ``draft``."""
        self._draft, self._keys = draft, keys
        self._draw()

    def redraw(self) -> None:
        """In the present theme's colours."""
        self._draw()

    def _draw(self) -> None:
        if self._draft is not None and self._room:
            self.show({key: self._cells(self._draft, key) for key in self._keys})

    def _cells(self, draft: Draft, key: str) -> list[Text]:
        variables = self.app.theme_variables
        quiet, mine, bad = (themes.style(variables, role) for role in ("label", "accent", "error"))
        section, dot, name = key.rpartition(".")
        label = Text(section + dot, quiet, end="").append(name, themes.style(variables, "foreground"))
        wrong, changed = key in draft.problems, draft.changed(key)
        mark = Text(WRONG if wrong else CHANGED if changed else " ", bad if wrong else mine, end="")
        text = draft.text(key)
        value = plain(fit(text, self._room)) if text else Text(MISSING, quiet, end="")
        if wrong or changed:
            value.stylize(themes.style(variables, "error" if wrong else "accent", bold=True))
        return [mark, label, value, Text(unit_of(FIELDS[key]), quiet, end="")]


def matching(draft: Draft, words: Sequence[str], changed: bool) -> list[str]:
    """The fields with all ``words`` in name, help or value; with ``changed``, of those that differ or are wrong.

    Fields that the draft's method does not read are left out unless something is asked for or they differ.
    """
    method = str(draft.value("method"))
    found = []
    for key, info in FIELDS.items():
        if changed and not draft.changed(key) and key not in draft.problems:
            continue
        used = methods.uses(method, key.partition(".")[0])
        if not (used or words or draft.changed(key) or key in draft.problems):
            continue
        text = f"{key} {info.description} {draft.text(key)}".casefold()
        if all(word in text for word in words):
            found.append(key)
    return found


def about(draft: Draft, key: str) -> Content:
    """Four lines on a field: its name and what it was, its help, what it takes, what is wrong with it."""
    info = FIELDS[key]
    first: list[Any] = [(key, "bold"), f"  {unit_of(info)}".rstrip()]
    if draft.changed(key):
        first.append((f"  {CHANGED} was {_was(draft, key)}", "$accent"))
    help = " ".join((info.description or "").replace("``", "").split())
    how = "o chooses another" if key in NOT_TYPED else "Space takes the next" if choices(key) else "Enter types another"
    takes = Content.assemble(("takes ", "$label"), allowed_values(info), (f"  {how}", "$label"))
    problem = draft.problems.get(key) or draft.problems.get("", "")
    last = Content.styled(f"{WRONG} {clean(problem)}", "bold $error") if problem else Content("")
    middle = [] if key in draft.problems else [takes]  # the message says what is allowed
    return Content("\n").join([Content.assemble(*first), Content(clean(help)), *middle, last])


def _was(draft: Draft, key: str) -> str:
    return fit(draft.undone(key).text(key), 30) or "absent"
