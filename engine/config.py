"""The user's own settings: ``$XDG_CONFIG_HOME/dialtune/config.toml``.

::

    price_per_hour = 1.20   # what an hour of this machine costs; forecasts tell what a run will
    currency = "EUR"        # how it is written; USD when absent

    [when_empty]            # what `dialtune queue arm` may do once nothing runs or waits any more
    command = "sudo systemctl poweroff"
    webhook = "https://..." # gets a POST with a line of text and the runs, as JSON
    countdown = 60          # seconds in which it can still be called off
    after_failure = false   # whether a run that failed may be followed by it

A line that cannot be used gives a notice and is left out; the others hold.
"""

from __future__ import annotations

import difflib
import math
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import SpecError
from engine.home import config_folder


@dataclass(frozen=True)
class WhenEmpty:
    """``[when_empty]``: what arming takes that says nothing else."""

    command: str = ""
    """For the shell; empty: none."""
    webhook: str = ""
    """An http or https address; it may hold a key, so it is never shown or logged."""
    countdown: float = 60.0
    """Seconds."""
    after_failure: bool = False


@dataclass(frozen=True)
class Config:
    """What the file says, usual values where it says nothing."""

    price_per_hour: float | None = None
    """None: money is not spoken of."""
    currency: str = "USD"
    when_empty: WhenEmpty = WhenEmpty()


def path() -> Path:
    """Where the file lies."""
    return config_folder() / "config.toml"


def load() -> tuple[Config, list[str]]:
    """The settings, and a notice for each line that cannot be used."""
    try:
        values = tomllib.loads(path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Config(), []
    except (OSError, ValueError, RecursionError) as error:  # both decoding errors are ValueErrors
        return Config(), [f"config.toml cannot be read, so the usual settings hold: {error}"]
    notices = []
    price, currency, empty = None, Config.currency, WhenEmpty()
    for key, value in values.items():
        if key == "price_per_hour":
            price = _amount(value)
            if price is None:
                notices.append(f"config.toml: price_per_hour = {str(value)[:40]!r} is no amount; write it like 1.20")
        elif key == "currency":
            if isinstance(value, str) and 0 < len(value.strip()) <= 8:
                currency = value.strip()
            else:
                notices.append(f'config.toml: currency = {str(value)[:40]!r} is none; write it like "EUR"')
        elif key == "when_empty":
            empty, wrong = _when_empty(value)
            notices += wrong
        else:
            close = difflib.get_close_matches(key, ("price_per_hour", "currency", "when_empty"), n=1)
            meant = f"; did you mean {close[0]}?" if close else ""
            notices.append(f"config.toml: there is no setting {key[:40]!r}{meant}")
    return Config(price, currency, empty), notices


def price(text: str) -> float | None:
    """The amount that somebody typed; None for nothing. Raises SpecError when it is none."""
    if not text.strip():
        return None
    try:
        found = _amount(float(text.strip().replace(",", ".")))
    except ValueError:
        found = None
    if found is None:
        raise SpecError(f"{text.strip()[:40]!r} is no price", "", "Write it like 1.20")
    return found


def _when_empty(table: Any) -> tuple[WhenEmpty, list[str]]:
    """The section, and a notice for each line of it that cannot be used; values are not quoted: one may hold a key."""
    if not isinstance(table, dict):
        return WhenEmpty(), ["config.toml: when_empty is a section: [when_empty], and its lines below"]
    found, notices = WhenEmpty(), []
    for key, value in table.items():
        good = {
            "command": isinstance(value, str),
            "webhook": isinstance(value, str) and (not value or value.startswith(("http://", "https://"))),
            "countdown": _amount(value) is not None,
            "after_failure": isinstance(value, bool),
        }
        if key not in good:
            notices.append(f"config.toml: there is no setting when_empty.{key[:40]}")
        elif not good[key]:
            kinds = {"countdown": "a number of seconds", "after_failure": "true or false", "webhook": "an http address"}
            notices.append(f"config.toml: when_empty.{key} must be {kinds.get(key, 'text')}")
        else:
            changes: dict[str, Any] = {key: float(value) if key == "countdown" else value}
            found = replace(found, **changes)
    return found, notices


def _amount(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= 1e6 else None
