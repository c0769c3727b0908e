"""Workers for tests without their imports: a process that has made them forks a worker for each one asked for.

Torch, transformers and PEFT cost a worker eight seconds of processor time before its first step; a test run starts a
hundred workers. The forked ones run the same modules with the same arguments, files and environment in a session of
their own; only their imports are older than they are. ``cold`` gives a test the real thing, and so does every test
whose environment differs in what the imports read, and every command that a test runs in a terminal of its own.

``python -m tests.warm SOCKET PARENT`` is the process that forks; it goes when its parent has gone.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NoReturn

from engine.launch import worker_environment

ROOT = Path(__file__).parent.parent
READ_EARLY = (
    "HF_",
    "TRANSFORMERS_",
    "CUDA",
    "OMP_",
    "GOMP_",
    "MKL_",
    "MALLOC_",
    "TORCH_",
    "PYTHON",
    "LD_",
    "TOKENIZERS_",
)
"""What imports read from the environment begins with one of these."""
LATE = ("PYTHONHASHSEED", "PYTHONIOENCODING")
MODULES = (
    "engine.worker",
    "engine.worker.measure",
    "engine.worker.playground",
    "engine.worker.summarize",
    "engine.worker.lengths",
    "engine.worker.data",
    "engine.data.audit",
    "engine.importing.apart",
    "engine.worker.exporting",
    "engine.worker.pushing",
    "engine.worker.summarize",
)
_LARGEST = 1 << 17
"""Bytes of a request, the environment included."""
_real = subprocess.Popen
_cold = threading.local()


class Warm:
    """A forked worker, as much of a Popen as our engine uses."""

    def __init__(self, connection: socket.socket, command: list[str], files: tuple[IO[Any] | None, ...]) -> None:
        self.args, self.stdin, self.stdout, self.stderr = command, *files
        self.pid = int(connection.recv(64))
        self.returncode: int | None = None
        self._connection, self._lock = connection, threading.Lock()

    def poll(self) -> int | None:
        """Its exit code, None while it lives."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises TimeoutExpired."""
        with self._lock:
            if self.returncode is None:
                self._connection.settimeout(timeout if timeout is None else max(timeout, 1e-6))
                try:
                    self.returncode = int(self._connection.recv(64))
                except (TimeoutError, BlockingIOError):
                    raise subprocess.TimeoutExpired(self.args, timeout or 0) from None
                self._connection.close()
        return self.returncode

    def communicate(self, data: Any = None, timeout: float | None = None) -> tuple[Any, Any]:
        """Give it ``data``, and take all that it prints."""
        found: list[Any] = [None, None]

        def take(at: int, pipe: IO[Any]) -> None:
            found[at] = pipe.read()

        pipes = [(at, pipe) for at, pipe in enumerate((self.stdout, self.stderr)) if pipe is not None]
        readers = [threading.Thread(target=take, args=one) for one in pipes]
        for reader in readers:
            reader.start()
        if self.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.stdin.write(data or ("" if hasattr(self.stdin, "encoding") else b""))
                self.stdin.close()
        self.wait(timeout)
        for reader in readers:
            reader.join()
        return found[0], found[1]

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it is over."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def __enter__(self) -> Warm:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self.stdin, self.stdout, self.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self.wait()

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)


class Starter:
    """Takes the place of ``subprocess.Popen``; ``folder`` is shared by all processes of a test run."""

    def __init__(self, folder: Path, parent: int) -> None:
        """``parent``: the process whose end is the end of the test run."""
        self.folder, self.parent = folder, parent
        self._environment = {**worker_environment()}

    def __call__(self, command: Any, *args: Any, **options: Any) -> Any:
        """A warm worker where that is the same as a cold one, else what Popen gives."""
        found = None if args or getattr(_cold, "asked", False) else self._warm(command, options)
        return _real(command, *args, **options) if found is None else found

    def _warm(self, command: Any, options: Mapping[str, Any]) -> Warm | None:
        env = options.get("env") or dict(os.environ)
        fits = (
            isinstance(command, list)
            and command[:2] == [sys.executable, "-m"]
            and command[2] in MODULES
            and early(env) == early(self._environment)
        )
        if not fits:
            return None
        theirs: list[int] = []
        ours: list[IO[Any] | None] = []
        owned: list[int] = []
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            asked = options.get(name)
            ours.append(None)
            if asked == subprocess.PIPE:
                read, write = os.pipe()
                mine, given = (write, read) if number == 0 else (read, write)
                text = {name: options[name] for name in ("encoding", "errors") if options.get(name)}
                ours[-1] = os.fdopen(mine, ("w" if number == 0 else "r") + ("" if text else "b"), **text)
            elif asked == subprocess.DEVNULL:
                given = os.open(os.devnull, os.O_RDWR)
            else:
                given = os.dup(theirs[1] if asked == subprocess.STDOUT else number if asked is None else asked.fileno())
            theirs.append(given)
            owned.append(given)
        alone = bool(options.get("start_new_session"))
        request = {"alone": alone, "command": command[2:], "env": env, "cwd": str(options.get("cwd") or Path.cwd())}
        try:
            connection = self._connected()
            socket.send_fds(connection, [json.dumps(request).encode()], [*theirs, *options.get("pass_fds", ())])
        finally:
            for descriptor in owned:
                os.close(descriptor)
        return Warm(connection, command, tuple(ours))

    def _connected(self) -> socket.socket:
        """A connection to the process that forks, which the first to ask starts."""
        path = self.folder / "warm"
        with (self.folder / "warm.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with contextlib.suppress(OSError):
                connection.connect(_short(path))
                return connection
            with (self.folder / "warm.log").open("ab") as log:
                server = _real(
                    [sys.executable, "-m", "tests.warm", str(path), str(self.parent)], cwd=ROOT, env=self._environment,
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                )  # fmt: skip
            deadline = time.monotonic() + 120
            while time.monotonic() < deadline and server.poll() is None:
                with contextlib.suppress(OSError):
                    connection.connect(_short(path))
                    return connection
                time.sleep(0.05)
        raise RuntimeError(f"no process forks workers: {(self.folder / 'warm.log').read_text()[-2000:]}")


def tui(*arguments: str) -> list[str]:
    """The command line of a real ``dialtune ARGUMENTS`` whose workers are warm ones; to be run in ``ROOT``."""
    starter = subprocess.Popen
    assert isinstance(starter, Starter), "only within a test"
    code = (
        "import pathlib, subprocess; from tests import warm; from tui.cli import main; "
        f"subprocess.Popen = warm.Starter(pathlib.Path({str(starter.folder)!r}), {starter.parent}); main()"
    )
    return [sys.executable, "-c", code, *arguments]


@contextlib.contextmanager
def cold() -> Iterator[None]:
    """Start real processes for as long as the block, in this thread."""
    _cold.asked = True
    try:
        yield
    finally:
        _cold.asked = False


def early(env: Mapping[str, str]) -> dict[str, str]:
    """The part of an environment that imports read."""
    return {key: value for key, value in env.items() if key.startswith(READ_EARLY) and key not in LATE}


def _short(path: Path) -> str:
    """A socket's address holds 107 bytes: by way of our own descriptor of its folder, where the path is longer."""
    if len(os.fsencode(path)) < 100:
        return str(path)
    return f"/proc/self/fd/{os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)}/{path.name}"


# -- the process that forks ------------------------------------------------------------------------


def serve(path: Path, parent: int) -> None:
    """Fork for whoever asks, until ``parent`` has gone."""
    for name in ("engine.worker.pipeline", *MODULES[1:]):
        importlib.import_module(name)
    if threading.active_count() > 1:
        raise RuntimeError(f"imports have started threads, which do not survive a fork: {threading.enumerate()}")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        path.unlink(missing_ok=True)  # of one that was killed
        server.bind(_short(path))
        server.listen(64)
        server.settimeout(1.0)
        while Path(f"/proc/{parent}").exists():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            connection.settimeout(None)
            data, descriptors, _, _ = socket.recv_fds(connection, _LARGEST, 32)
            if data and os.fork() == 0:
                server.close()
                _keep(connection, json.loads(data), descriptors)
            connection.close()
            for descriptor in descriptors:
                os.close(descriptor)


def _keep(connection: socket.socket, request: dict[str, Any], descriptors: list[int]) -> NoReturn:
    """Fork the worker, wait for it and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if (worker := os.fork()) == 0:
        connection.close()
        _work(request, descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    with contextlib.suppress(OSError):
        connection.send(str(worker).encode())
    _, status = os.waitpid(worker, 0)
    with contextlib.suppress(OSError):
        connection.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _work(request: dict[str, Any], descriptors: list[int]) -> NoReturn:
    """As ``python -m MODULE ARGUMENTS`` would from here on."""
    if request["alone"]:
        os.setsid()
    for number in range(3):
        os.dup2(descriptors[number], number)
        os.close(descriptors[number])
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for as long as the process
    sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    module, *sys.argv[1:] = request["command"]
    code = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:  # the interpreter's own last words
        traceback.print_exc()
        code = 1
    with contextlib.suppress(Exception):
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
