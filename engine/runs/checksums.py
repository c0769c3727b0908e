"""Checksums of a folder's files, in ``SHA256SUMS``: what ``sha256sum -c SHA256SUMS`` checks too.

The file is the last one written, once all the others have reached the disk. A folder without it comes from an older
version and is taken as it is.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from engine.runs.files import sync, write_atomic

FILE = "SHA256SUMS"
_BLOCK = 1 << 20


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal. Raises OSError."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def write(folder: Path) -> None:
    """Sum up every file in ``folder``, which all are on the disk afterwards. Raises OSError.

    A link in it counts as what it points to when it is checked, so there should be none.
    """
    lines = []
    for name in sorted(_names(folder)):
        lines.append(f"{digest(folder / name)}  {name}\n")
        sync(folder / name)
    write_atomic(folder / FILE, "".join(lines))
    for parent in {path.parent for path in (folder / name for name in _names(folder))}:
        sync(parent)


def problems(folder: Path) -> list[str]:
    """What is wrong with the files of ``folder``, a few words each; none where nothing is, or nothing is summed up."""
    try:
        text = (folder / FILE).read_text(encoding="ascii")
    except FileNotFoundError:
        return []
    except (OSError, ValueError):
        return [f"{FILE} cannot be read"]
    found, seen = [], set()
    for line in text.splitlines():
        wanted, mark, name = line.partition("  ")
        if not mark or len(wanted) != 64 or not _inside(name):
            return [f"{FILE} is damaged"]
        seen.add(name)
        found += _problem(folder / name, name, wanted)
    if not seen:
        return [f"{FILE} is empty"]
    with contextlib.suppress(OSError):
        found += [f"{name} is none of its files" for name in sorted(_names(folder) - seen)]
    return found


def summed(folder: Path) -> bool:
    """Whether ``folder`` has checksums."""
    return (folder / FILE).is_file()


def _problem(path: Path, name: str, wanted: str) -> list[str]:
    if path.is_symlink():
        return [f"{name} is a link"]
    try:
        return [] if digest(path) == wanted else [f"{name} is not what was written"]
    except FileNotFoundError:
        return [f"{name} is missing"]
    except OSError as error:
        return [f"{name} cannot be read: {error.strerror or error}"]


def _inside(name: str) -> bool:
    """Whether ``name`` stays in its folder: the list may come from a stranger."""
    return bool(name) and not os.path.isabs(name) and ".." not in name.split("/") and "\0" not in name  # noqa: PTH117


def _names(folder: Path) -> set[str]:
    """The files in ``folder`` and below, relative to it; hidden ones are drafts."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if (path.is_symlink() or path.is_file()) and path.name != FILE and not path.name.startswith(".")
    }
