"""How the playground decodes, and with how many shots: a small form."""

from __future__ import annotations

from dataclasses import Field, fields, replace
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from engine.playground.protocol import Decoding, Shots, problem
from tui import keys
from tui.text import clean

Settings = tuple[Decoding, Shots]


class DecodingScreen(ModalScreen[Settings | None]):
    """Ends with the settings, or with None, which leaves them as they are."""

    BINDINGS = keys.bindings("decoding")
    CSS_PATH = "modal.tcss"

    def __init__(self, decoding: Decoding, shots: Shots) -> None:
        super().__init__()
        self._decoding, self._shots = decoding, shots

    def compose(self) -> ComposeResult:
        """A line a field, and what is wrong."""
        with Vertical(classes="box"):
            yield Static(Content.styled("Decoding and shots", "bold"), markup=False)
            with VerticalScroll(can_focus=False):
                for settings in (self._decoding, self._shots):
                    for field in fields(settings):
                        with Horizontal(classes="field"):
                            yield Static(field.metadata["label"], classes="label", markup=False)
                            yield Input(_written(getattr(settings, field.name)), id=f"{_part(settings)}-{field.name}")
                            yield Static(Content.styled(_help(field), "$label"), markup=False)
            yield Static("", id="wrong", markup=False)
            hint = "↑ ↓ move, Enter takes it, Esc leaves all as it is."
            yield Static(Content.styled(hint, "$label"), markup=False)

    def on_mount(self) -> None:
        """Start at the top."""
        self.query(Input).first().focus()

    def action_move(self, step: int) -> None:
        """The field above or below."""
        inputs = list(self.query(Input))
        place = inputs.index(self.focused) if isinstance(self.focused, Input) else 0
        inputs[(place + step) % len(inputs)].focus()

    @on(Input.Changed)
    def _check(self) -> None:
        found = self._read()
        wrong = found if isinstance(found, str) else ""
        self.query_one("#wrong", Static).update(Content.styled(clean(wrong), "$notice-error"))

    @on(Input.Submitted)
    def action_take(self) -> None:
        """Close with what was entered, where it can be used."""
        found = self._read()
        if isinstance(found, str):
            self.app.bell()
        else:
            self.dismiss(found)

    def action_cancel(self) -> None:
        """Close without a change."""
        self.dismiss(None)

    def _read(self) -> Settings | str:
        """The settings entered, or a sentence on the first that cannot be used."""
        made: list[Any] = []
        for settings in (self._decoding, self._shots):
            values = {}
            for field in fields(settings):
                entered = self.query_one(f"#{_part(settings)}-{field.name}", Input).value.strip()
                try:
                    values[field.name] = _value(field, entered)
                except ValueError:
                    return f"{field.metadata['label']}: {entered!r} is no {_kind(field)}."
            made.append(replace(settings, **values))
            if wrong := problem(made[-1]):
                return wrong
        return made[0], made[1]


def _part(settings: Decoding | Shots) -> str:
    return type(settings).__name__.lower()


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _help(field: Field[Any]) -> str:
    return str(field.metadata["help"])


def _kind(field: Field[Any]) -> str:
    return "number" if field.type == "float" else "whole number"


def _value(field: Field[Any], entered: str) -> Any:
    """``entered`` as the field's type; empty is its default. Raises ValueError."""
    if not entered:
        return field.default
    if str(field.type).startswith("tuple"):
        return tuple(id.strip() for id in entered.split(",") if id.strip())
    return float(entered) if field.type == "float" else int(entered)
