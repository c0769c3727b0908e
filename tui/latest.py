"""Long work for a screen that changes its mind: one thread at a time, and only the newest question is answered next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from engine.errors import DialtuneError
from tui.screens.late import Late
from tui.text import clean

Q = TypeVar("Q")
A = TypeVar("A")


class Latest(Generic[Q, A]):
    """Answers questions in a thread; one that was overtaken before its turn came is left out."""

    def __init__(self, screen: Late, work: Callable[[Q], A], take: Callable[[A], None]) -> None:
        """``work`` runs in a thread, and a DialtuneError of its is told; ``take`` gets what it returns."""
        self._screen, self._work, self._take = screen, work, take
        self._next: tuple[Q] | None = None
        self.busy = False

    @property
    def overtaken(self) -> bool:
        """Whether what is being worked out is no longer wanted."""
        return self._next is not None

    def ask(self, question: Q) -> None:
        """Answer ``question`` as soon as what is at work is done."""
        self._next = (question,)
        if not self.busy:
            self._begin()

    def _begin(self) -> None:
        assert self._next is not None
        (question,), self._next, self.busy = self._next, None, True
        self._screen.run_worker(lambda: self._run(question), thread=True, group="latest")

    def _run(self, question: Q) -> None:
        answer: tuple[A] | None = None
        try:
            answer = (self._work(question),)
        except DialtuneError as error:
            self._screen.app.notify(clean(error), severity="error", markup=False)
        finally:
            self._screen.from_thread(self._done, answer)

    def _done(self, answer: tuple[A] | None) -> None:
        self.busy = False
        if answer is not None:
            self._take(answer[0])
        if self._next is not None:
            self._begin()
