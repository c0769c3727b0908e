"""textual-serve with a lock: it opens to those who have the key in the address, and to no other web page.

Loopback alone keeps neither the other users of a shared machine out, nor a page in the same browser that talks to
every port it can reach.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Site(Server):
    """One application for each browser window that opens ``address``."""

    def __init__(self, command: str, host: str, port: int) -> None:
        name = f"[{host}]" if ":" in host else host
        super().__init__(command, host=host, port=port, title="dialtune", public_url=f"http://{name}:{port}")
        self._key = secrets.token_urlsafe(16)
        self._cookie = f"dialtune-{port}"

    @property
    def address(self) -> str:
        """Where it opens, with the key."""
        return f"{self.public_url}/?key={self._key}"

    def initialize_logging(self) -> None:
        """Only what is wrong; every page that loads is no news."""
        logging.basicConfig(level=logging.WARNING, format="%(message)s")

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: the command has said where to go."""

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._check(request)
            return await handler(request)

        app.middlewares.append(guard)
        return app

    def _check(self, request: web.Request) -> None:
        """Raise HTTPForbidden at strangers; at those who bring the key, a redirection that leaves it with them."""
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="This page may not be used from another one.\n")
        if _same(request.query.get("key", ""), self._key):
            answer = web.HTTPFound("/")
            answer.set_cookie(self._cookie, self._key, httponly=True, samesite="Strict")
            raise answer
        if not _same(request.cookies.get(self._cookie, ""), self._key):
            raise web.HTTPForbidden(text="Open the address that `dialtune serve` has printed: it carries the key.\n")


def _same(given: str, key: str) -> bool:
    return hmac.compare_digest(given.encode(), key.encode())
