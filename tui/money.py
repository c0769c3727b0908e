"""Sums of money in words."""

from __future__ import annotations

from tui.text import clean


def amount(value: float, currency: str) -> str:
    """``0.42 EUR``; small sums keep two figures."""
    digits = 2 if value >= 0.1 or value == 0 else 4
    return f"{value:,.{digits}f} {clean(currency)}"
