"""Textual's driver for a real terminal, with what a long-lived SSH session asks of it.

It ends at once and in order when the terminal hangs up or the process is told to go; it measures the line; it can
leave out reports of mouse movement; and bytes that are no UTF-8, which some terminals send, end nothing.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import os
import selectors
import signal
import sys
import threading
from codecs import getincrementaldecoder
from typing import Any

from textual import events
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui.link import Link

HANG_UP = 128 + signal.SIGHUP
TERMINATED = 128 + signal.SIGTERM
SETTLE_SECONDS = 0.3
"""How long a key may wait for what the one before it does."""
LAST_SECONDS = 2.0
"""How long a terminal that takes nothing may hold up the end."""


class SlowLine(Message):
    """The line to the terminal has turned out slow."""


class LineFree(Message):
    """All updates are written; what was held back may follow."""


class TerminalDriver(LinuxDriver):
    """One terminal, from start to end."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        # tmux and screen answer for the terminal behind them: their answers say nothing of the line.
        remote = "SSH_CONNECTION" in os.environ and not ("TMUX" in os.environ or "STY" in os.environ)
        self.link = Link(
            sys.__stderr__.fileno() if sys.__stderr__ else 2,
            on_slow=lambda: self.send_message(SlowLine()),
            on_idle=lambda: self.send_message(LineFree()),
            probing=remote and self.input_tty,
        )
        self._file: Any = self.link

    def start_application_mode(self) -> None:
        """Take the terminal over. What it shows is not known from here on."""
        self._app.shadow.forget()  # type: ignore[attr-defined]
        loop = asyncio.get_running_loop()
        for number, code in ((signal.SIGHUP, HANG_UP), (signal.SIGTERM, TERMINATED)):
            if signal.getsignal(number) != signal.SIG_IGN:  # nohup means to outlive the terminal
                loop.add_signal_handler(number, self._leave, code)
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def write(self, data: str) -> None:
        """Hand ``data`` to the writer."""
        if data.startswith("\x1b]22;"):  # the mouse pointer's shape, which plain terminals print as text
            return
        self.link.handed += 1
        super().write(data)

    def close(self) -> None:
        """Wait for the last words to be written, but not for ever."""
        last = threading.Thread(target=super().close, daemon=True)
        last.start()
        last.join(LAST_SECONDS)

    def _leave(self, code: int) -> None:
        """End the application; a terminal that has hung up takes no more."""
        if code == HANG_UP:
            self.link.gone = True
        self._app.exit(code)

    # -- input -------------------------------------------------------------------------------------

    def run_input_thread(self) -> None:
        """Read keys until the application ends or the terminal hangs up."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(0.1):
                    try:
                        data = os.read(self.fileno, 4096)
                    except OSError:
                        data = b""
                    if not data:  # to read on would be to spin: a closed terminal is always ready
                        self._loop.call_soon_threadsafe(self._leave, HANG_UP)
                        return
                    for message in parser.feed(decode(data)):
                        self.process_message(message)
                for message in parser.tick():
                    self.process_message(message)
        with contextlib.suppress(EOFError, ParseError):
            for _ in parser.feed(""):
                pass

    def process_message(self, message: Message) -> None:
        """Note when keys and answers come in, before they wait for the event loop."""
        if isinstance(message, events.CursorPosition) and self.link.answered():
            return
        if isinstance(message, events.Key):
            self.link.key()
            self._settle()
        super().process_message(message)

    def _settle(self) -> None:
        """Wait until the key before has done what it does, for a moment at most.

        Over a network keys come in bursts. Textual hands each to the widget in focus when it arrives: of ``/run``
        the letters would be commands, since the filter that ``/`` opens has the focus only a moment later.
        """
        settled = asyncio.run_coroutine_threadsafe(self._calm(), self._loop)
        try:
            settled.result(SETTLE_SECONDS)
        except (TimeoutError, concurrent.futures.CancelledError):
            settled.cancel()

    async def _calm(self) -> None:
        app, rounds = self._app, 0
        while rounds < 3:
            await asyncio.sleep(0)
            pumps = [app, *(app.focused.ancestors_with_self if app.focused else app.screen.ancestors_with_self)]
            rounds = 0 if any(pump.message_queue_size for pump in pumps) else rounds + 1

    # -- mouse -------------------------------------------------------------------------------------

    def _enable_mouse_support(self) -> None:
        super()._enable_mouse_support()
        if self._mouse and self._app.low_bandwidth:  # type: ignore[attr-defined]
            self.quiet_mouse()

    def quiet_mouse(self) -> None:
        """Let the terminal report clicks and the wheel, but no movement."""
        self.write("\x1b[?1003l\x1b[?1000h")
        self.flush()
