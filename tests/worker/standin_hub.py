"""A stand-in of the Hugging Face hub on this machine, for tests: folders served through the hub's own protocol.

``huggingface_hub``, ``datasets`` and ``transformers`` take it for the hub when ``HF_ENDPOINT`` says so. They read
that at import, so tests run them in a subprocess::

    with StandinHub(models={"acme/tiny-t5": folder}, datasets={"acme/dialogs": folder}) as hub:
        subprocess.run([sys.executable, "-c", "..."], env=hub.env(tmp_path / "home"))

A repository has one branch, ``main``, and one commit: a hash of what is in the folder now.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import socket
import threading
from collections.abc import Collection, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

Kind = Literal["models", "datasets"]
LARGE = (".safetensors", ".parquet", ".bin", ".model", ".arrow")
"""Files that the hub keeps in LFS; their ETag is a SHA-256, given in X-Linked-Etag too."""

_API = re.compile(r"/api/(models|datasets)/(.+)")
_RESOLVE = re.compile(r"/(datasets/)?([^/]+(?:/[^/]+)?)/resolve/([^/]+)/(.+)")


class Repository:
    """A folder as a repository."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder

    def files(self) -> dict[str, Path]:
        """Files by their path in the repository, sorted."""
        found = (path for path in sorted(self.folder.rglob("*")) if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path for path in found}

    def commit(self) -> str:
        """40 hexadecimal digits that change with the folder's content."""
        digest = hashlib.sha1(self.name.encode())
        for name, path in self.files().items():
            digest.update(f"{name}\0{blob(path)}\0".encode())
        return digest.hexdigest()

    def has(self, revision: str) -> bool:
        """Whether ``revision`` is the branch or the commit."""
        return revision in ("main", "refs/heads/main", self.commit())

    def info(self) -> dict[str, Any]:
        """What ``/api/models/ID`` and ``/api/datasets/ID`` answer."""
        return {
            "_id": "0" * 24,
            "id": self.name,
            "modelId": self.name,
            "sha": self.commit(),
            "private": False,
            "gated": False,
            "disabled": False,
            "tags": [],
            "downloads": 0,
            "likes": 0,
            "lastModified": "2026-01-01T00:00:00.000Z",
            "createdAt": "2026-01-01T00:00:00.000Z",
            "siblings": [{"rfilename": name} for name in self.files()],
        }

    def tree(self, under: str = "", recursive: bool = False) -> list[dict[str, Any]] | None:
        """Entries below the folder ``under``; None when there is no such folder."""
        prefix = f"{under}/" if under else ""
        entries: dict[str, dict[str, Any]] = {}
        for name in self.files():
            if not name.startswith(prefix):
                continue
            parts = name.removeprefix(prefix).split("/")
            for depth in range(1, len(parts)):
                path = prefix + "/".join(parts[:depth])
                if depth == 1 or recursive:
                    entries[path] = self.entry(path)
            if len(parts) == 1 or recursive:
                entries[name] = self.entry(name)
        return list(entries.values()) if entries or not under else None

    def entry(self, name: str) -> dict[str, Any]:
        """One entry of a tree: a file, or a folder for any other ``name``."""
        path = self.files().get(name)
        if path is None:
            return {"type": "directory", "oid": hashlib.sha1(name.encode()).hexdigest(), "size": 0, "path": name}
        size = path.stat().st_size
        entry: dict[str, Any] = {"type": "file", "oid": blob(path), "size": size, "path": name}
        if name.endswith(LARGE):
            entry["lfs"] = {"oid": sha256(path), "size": size, "pointerSize": 134}
        return entry


def blob(path: Path) -> str:
    """The file's id as a git blob."""
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def sha256(path: Path) -> str:
    """The file's id in LFS."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


class StandinHub:
    """The running stand-in: ``url``, and in ``requests`` every request it got, such as ``HEAD /a/b/resolve/...``.

    Repositories in ``gated`` are listed, but their files refused. With ``failing``, every answer has that status
    (503: a hub that is down behind its front). The API redirects names in ``moved`` to their new ones. ``stop``
    ends it early; the port then refuses connections.
    """

    def __init__(
        self,
        models: Mapping[str, Path] | None = None,
        datasets: Mapping[str, Path] | None = None,
        gated: Collection[str] = (),
        failing: int = 0,
        moved: Mapping[str, str] | None = None,
    ) -> None:
        self.repositories: dict[Kind, dict[str, Repository]] = {
            "models": {name: Repository(name, folder) for name, folder in (models or {}).items()},
            "datasets": {name: Repository(name, folder) for name, folder in (datasets or {}).items()},
        }
        self.gated, self.failing, self.moved = gated, failing, moved or {}
        self.requests: list[str] = []
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens: ``http://127.0.0.1:PORT``."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def env(self, hf_home: Path) -> dict[str, str]:
        """This process's environment with the stand-in as the hub and all its caches under ``hf_home``."""
        ours = {name: value for name, value in os.environ.items() if not _steers_the_hub(name)}
        return {
            **ours,
            "HF_ENDPOINT": self.url,
            "HF_HOME": str(hf_home),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_XET": "1",
            "NO_PROXY": "127.0.0.1",
        }

    def __enter__(self) -> StandinHub:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Close the port and every connection; a second call does nothing."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.hang_up()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._connections: list[socket.socket] = []

    def get_request(self) -> tuple[socket.socket, Any]:
        """As a connection comes; it is remembered."""
        connection, address = super().get_request()
        self._connections.append(connection)
        return connection, address

    def hang_up(self) -> None:
        """End the connections that clients keep open for their next question."""
        for connection in self._connections:
            with contextlib.suppress(OSError):  # gone already
                connection.shutdown(socket.SHUT_RDWR)


def _steers_the_hub(name: str) -> bool:
    return name.startswith(("HF_", "HUGGINGFACE_")) or name in ("TRANSFORMERS_OFFLINE", "NO_PROXY", "no_proxy")


def _handler(hub: StandinHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.answer()

        do_HEAD = do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: tests look at ``hub.requests``."""

        def answer(self) -> None:
            hub.requests.append(f"{self.command} {self.path}")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            url = urlsplit(self.path)
            path = unquote(url.path)  # revisions may hold %2F; ours never do
            query = {key: values[-1] for key, values in parse_qs(url.query).items()}
            if hub.failing:
                self.error(hub.failing, "", "out of order")
            elif found := _API.fullmatch(path):
                self.api(found[1], found[2], query, body)  # type: ignore[arg-type]
            elif found := _RESOLVE.fullmatch(path):
                self.resolve("datasets" if found[1] else "models", found[2], found[3], found[4])
            else:
                self.error(404, "", "Not Found")

        def api(self, kind: Kind, rest: str, query: dict[str, str], body: bytes) -> None:
            if new := hub.moved.get(rest):
                self.send(307, {"Location": self.path.replace(rest, new, 1)}, b"")
                return
            names = [n for n in hub.repositories[kind] if rest == n or rest.startswith(n + "/")]
            if not names:
                self.error(401, "RepoNotFound", "Repository not found")  # as the real hub says to strangers
                return
            repository = hub.repositories[kind][max(names, key=len)]
            action, _, rest = rest.removeprefix(repository.name).strip("/").partition("/")
            revision, _, under = rest.partition("/")
            if action == "":
                self.json(repository.info())
            elif action not in ("revision", "tree", "paths-info"):
                self.error(404, "", "Not Found")
            elif not repository.has(revision):
                self.error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
            elif action == "revision":
                self.json(repository.info())
            elif action == "tree":
                entries = repository.tree(under, query.get("recursive", "false").lower() in ("true", "1"))
                if entries is None:
                    self.error(404, "EntryNotFound", f"{under} does not exist on {revision}", repository)
                else:
                    self.json(entries)
            else:
                self.json(self.paths_info(repository, body))

        def paths_info(self, repository: Repository, body: bytes) -> list[dict[str, Any]]:
            files = repository.files()
            wanted = [path.strip("/") for path in parse_qs(body.decode()).get("paths", [])]
            return [
                repository.entry(path)
                for path in wanted
                if path in files or any(name.startswith(path + "/") for name in files)
            ]

        def resolve(self, kind: Kind, name: str, revision: str, file: str) -> None:
            repository = hub.repositories[kind].get(name)
            if repository is None:
                self.error(401, "RepoNotFound", "Repository not found")
            elif name in hub.gated:
                self.error(403, "GatedRepo", f"Access to {name} is restricted")
            elif not repository.has(revision):
                self.error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
            elif (path := repository.files().get(file)) is None:
                self.error(404, "EntryNotFound", "Entry not found", repository)
            else:
                self.file(repository, path)

        def file(self, repository: Repository, path: Path) -> None:
            data = path.read_bytes()
            etag = sha256(path) if path.name.endswith(LARGE) else blob(path)
            headers = {
                "X-Repo-Commit": repository.commit(),
                "ETag": f'"{etag}"',
                "Accept-Ranges": "bytes",
                "Content-Disposition": f'inline; filename="{path.name}"',
                "Content-Type": "application/octet-stream",
            }
            if path.name.endswith(LARGE):
                headers |= {"X-Linked-Etag": f'"{etag}"', "X-Linked-Size": str(len(data))}
            status = 200
            if asked := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
                first, last = int(asked[1]), min(int(asked[2] or len(data)), len(data) - 1)
                headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
                status, data = 206, data[first : last + 1]
            self.send(status, headers, data)

        def json(self, value: Any) -> None:
            self.send(200, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(value).encode())

        def error(self, status: int, code: str, message: str, repository: Repository | None = None) -> None:
            headers = {"Content-Type": "application/json", "X-Error-Message": message}
            if code:
                headers["X-Error-Code"] = code
            if repository is not None:
                headers["X-Repo-Commit"] = repository.commit()
            self.send(status, headers, json.dumps({"error": message}).encode())

        def send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
            self.send_response(status, HTTPStatus(status).phrase)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    return Handler
