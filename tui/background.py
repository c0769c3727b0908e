"""What is found out in threads and told where the rest lives. Knows no Textual."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.asking import Cancel

Work = Callable[[], None]


class Background:
    """Holds the way into threads and back; what a job that was given up finds is not told any more."""

    def __init__(self, thread: Callable[[Work], Any], later: Callable[[Work], Any], changed: Work) -> None:
        """``thread`` runs work in a thread; ``later`` calls a function from there where the rest lives; ``changed`` is
        called there after every change."""
        self._thread, self._later, self._changed = thread, later, changed

    def _tell(self, cancel: Cancel, do: Callable[..., None], *values: Any) -> None:
        def told() -> None:
            if not cancel.asked:
                do(*values)
                self._changed()

        if not cancel.asked:
            self._later(told)
