"""Files that are never half-written, and lines that are never half-read."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

VERSION = 1
"""Of the form of all the files that we write; see :mod:`engine.runs.versions`."""
CHECKSUM = "checksum"
"""Key of an object's checksum, over all the rest of it: bits flip on disks and on the way to another machine."""
on_failure: Callable[[Path, OSError], bool] | None = None
"""What a worker sets: told of each file that could not be written; True to try again. It may wait before it answers."""


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write; when the block ends well, it takes the place of ``path``, so that a reader sees the old content
    or the new, never a part.

    Raises OSError; the old file is then untouched, as it is by whatever the block raises.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def write_atomic(path: Path, text: str) -> None:
    """Replace ``path`` with ``text`` (UTF-8), as :func:`replacing` does. Raises OSError."""
    data = _utf8(text)
    while True:
        try:
            with replacing(path) as file:
                file.write(data)
            return
        except OSError as error:
            if on_failure is None or not on_failure(path, error):
                raise


def write_new(path: Path, text: str) -> None:
    """Write a file that was not there, whole or not at all; UTF-8, what that cannot hold escaped with backslashes.

    Raises FileExistsError when there is one of that name, OSError when it cannot be written, ValueError for a name
    that can be none.
    """
    with path.open("x", encoding="utf-8", errors="backslashreplace", newline="") as file:
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            with contextlib.suppress(OSError):
                path.unlink()
            raise


def sync(path: Path) -> None:
    """See that a file's content, or a folder's names, survive a power cut from here on. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:  # some file systems cannot do it for folders
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(descriptor)


def write_json(path: Path, values: Any) -> None:
    """:func:`write_atomic` of ``values`` as indented JSON; an object says our version, and carries a checksum.

    Raises ValueError for NaN.
    """
    if isinstance(values, dict):
        values = {"version": VERSION, **values}
        values.pop(CHECKSUM, None)
        values[CHECKSUM] = _checksum(values)
    write_atomic(path, json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """The object in ``path``; empty when the file is missing or is no JSON object."""
    try:
        values = parse_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(values, dict):
        return {}
    values.pop(CHECKSUM, None)
    return values


def intact(values: dict[str, Any]) -> bool:
    """Whether an object that was read is what :func:`write_json` wrote; one without a checksum counts as such."""
    wanted = values.get(CHECKSUM)
    return wanted is None or wanted == _checksum({key: value for key, value in values.items() if key != CHECKSUM})


def _checksum(values: dict[str, Any]) -> str:
    return hashlib.sha256(_utf8(json.dumps(values, ensure_ascii=False, allow_nan=False))).hexdigest()[:16]


def parse_json(text: str) -> Any:
    """The JSON value in ``text``; lone surrogates in it become U+FFFD. Raises ValueError, for NaN too."""
    try:
        values = _DECODER.decode(text)
        # An escaped lone surrogate is valid JSON, but no terminal and no file can be given one.
        return _scalar(values) if "\\ud" in text or "\\uD" in text else values
    except RecursionError:
        raise ValueError("nested too deeply") from None


def append_lines(path: Path, lines: Iterable[str]) -> None:
    """Append whole ``lines`` (each ending in a newline) in one write, closing a torn last line first.

    Lone surrogates become U+FFFD. Raises OSError.
    """
    data = _utf8("".join(lines))
    while True:
        try:
            _append(path, data)
            return
        except OSError as error:
            if on_failure is None or not on_failure(path, error):
                raise


def _append(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            data = b"\n" + data
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(descriptor, view) :]
        except OSError:  # a full disk took a part: written again, its first lines would be there twice
            if os.fstat(descriptor).st_size == size + len(data) - len(view):  # nobody else has appended since
                os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


@dataclass
class LineCursor:
    """Reads a growing file of lines, each once. A torn last line counts as not there yet.

    ``offset`` is the byte after the last whole line read; a file that has become shorter is read anew.
    """

    path: Path
    offset: int = 0
    chunk: int = 1 << 22

    def read(self) -> Iterator[str]:
        """Whole lines that are new since the last call, without their newlines; damaged UTF-8 is replaced.

        A file that is missing or cannot be read at the moment has no new lines.
        """
        try:
            with self.path.open("rb") as file:
                if os.fstat(file.fileno()).st_size < self.offset:
                    self.offset = 0
                file.seek(self.offset)
                rest = b""
                while block := file.read(self.chunk):
                    *lines, rest = (rest + block).split(b"\n")
                    for line in lines:
                        self.offset += len(line) + 1
                        yield line.decode("utf-8", "replace")
        except OSError:
            return


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # a lone surrogate, from a file name or a damaged data set, must not end a run
        return str(_scalar(text)).encode()


def _scalar(value: Any) -> Any:
    """``value`` with the lone surrogates in its strings replaced by U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_scalar(item) for item in value]
    if isinstance(value, dict):
        return {_scalar(key): _scalar(item) for key, item in value.items()}
    return value


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)  # json.loads would make one for every line
