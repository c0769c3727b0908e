"""A pack: named arrays and stretches of text in one file, written whole, checked when opened, mapped when used.

Layout: ``MAGIC``, the length of the head and its CRC-32 (two little-endian uint32), the head as JSON, then the parts,
each beginning at a multiple of 64 bytes after the head. The head names every part with its kind, place and size.
"""

from __future__ import annotations

import json
import mmap
import os
import shutil
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from engine.results.rows.texts import Array, Handle, Texts
from engine.runs.files import replacing

MAGIC = b"dialtune.rows.1\n"
"""The last digit is raised when the parts or their meaning change; other packs are then made anew."""
KINDS = ("<f8", "<i4", "<i8", "<u8", "text")
CHECKED = 1 << 24
"""Bytes up to which a part's checksum is compared; larger ones are checked by sample (see keeping)."""
_ALIGN = 64
_MOST_HEAD = 1 << 20


class Unusable(Exception):  # noqa: N818 - a cache that is none is made anew
    """The file is no pack, or is torn, foreign or of another version."""


@dataclass(frozen=True)
class Draft:
    """A pack before it is written. ``texts`` are files open for reading, whatever their position."""

    facts: Mapping[str, Any]
    """Small JSON values kept beside the parts."""
    arrays: Mapping[str, Array]
    texts: Mapping[str, IO[bytes]]


class Pack:
    """An open pack; its arrays are mapped, its texts read. It outlives the file's name."""

    def __init__(self, facts: Mapping[str, Any], arrays: Mapping[str, Array], texts: Mapping[str, Texts]) -> None:
        self.facts, self.arrays, self.texts = facts, arrays, texts


def write(path: Path, draft: Draft) -> None:
    """Replace ``path`` with ``draft``: the whole of it, or nothing. Raises OSError."""
    parts: dict[str, dict[str, Any]] = {}
    at = 0
    for name, array in draft.arrays.items():
        data = np.ascontiguousarray(array)
        parts[name] = {"kind": data.dtype.str, "shape": list(data.shape), "at": at, "bytes": data.nbytes}
        parts[name]["crc"] = zlib.crc32(data.data)
        at = _aligned(at + data.nbytes)
    for name, file in draft.texts.items():
        size, crc = _measured(file)
        parts[name] = {"kind": "text", "shape": [], "at": at, "bytes": size, "crc": crc}
        at = _aligned(at + size)
    head = json.dumps({"facts": draft.facts, "parts": parts}).encode()
    with replacing(path) as out:
        out.write(MAGIC + struct.pack("<II", len(head), zlib.crc32(head)) + head)
        start = _aligned(out.tell())
        for name, part in parts.items():
            out.write(b"\0" * (start + part["at"] - out.tell()))
            if part["kind"] == "text":
                draft.texts[name].seek(0)
                shutil.copyfileobj(draft.texts[name], out, 1 << 20)
            else:
                out.write(np.ascontiguousarray(draft.arrays[name]).data)


def held(draft: Draft) -> Pack:
    """``draft`` in memory, for where no file can be written."""
    texts = {}
    for name, file in draft.texts.items():
        file.seek(0)
        texts[name] = Texts(draft.arrays[_offsets(name)], file.read())
    return Pack(draft.facts, draft.arrays, texts)


def load(path: Path) -> Pack:
    """The pack in ``path``. Raises Unusable, OSError."""
    handle = Handle(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    try:
        facts, parts, start = _head(handle.descriptor)
        mapped = mmap.mmap(handle.descriptor, 0, access=mmap.ACCESS_READ)
        texts = {}
        arrays = {name: _array(handle, mapped, part, start) for name, part in parts.items() if part["kind"] != "text"}
        for name, part in parts.items():
            if part["kind"] == "text":
                texts[name] = _texts(handle, part, start, arrays.get(_offsets(name)))
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, struct.error, RecursionError) as error:
        raise Unusable(str(error)) from None
    return Pack(facts, arrays, texts)


def _head(descriptor: int) -> tuple[dict[str, Any], dict[str, dict[str, Any]], int]:
    """Facts, parts, and the byte that the first part begins at. Raises Unusable and what wrong shapes raise."""
    begin = os.pread(descriptor, len(MAGIC) + 8, 0)
    if not begin.startswith(MAGIC):
        raise Unusable("no pack of this version")
    size, crc = struct.unpack("<II", begin[len(MAGIC) :])
    if size > _MOST_HEAD:
        raise Unusable("its head is too long")
    data = os.pread(descriptor, size, len(begin))
    if len(data) != size or zlib.crc32(data) != crc:
        raise Unusable("its head is damaged")
    head = json.loads(data)
    start = _aligned(len(begin) + size)
    end = max((start + part["at"] + part["bytes"] for part in head["parts"].values()), default=0)
    if os.fstat(descriptor).st_size != end:
        raise Unusable("it is not whole")
    return head["facts"], head["parts"], start


def _array(handle: Handle, mapped: mmap.mmap, part: Mapping[str, Any], start: int) -> Array:
    if part["kind"] not in KINDS:
        raise Unusable("an unknown kind of array")
    kind, shape = np.dtype(part["kind"]), tuple(map(int, part["shape"]))
    array: Array = np.frombuffer(mapped, kind, part["bytes"] // kind.itemsize, start + part["at"]).reshape(shape)
    if array.nbytes <= CHECKED:
        read, crc = handle.part(start + part["at"]), 0
        for at in range(0, array.nbytes, 1 << 20):  # what is read, unlike what is mapped, is soon out of memory again
            crc = zlib.crc32(read(at, min(at + (1 << 20), array.nbytes)), crc)
        if crc != part["crc"]:
            raise Unusable("an array is damaged")
    return array


def _texts(handle: Handle, part: Mapping[str, Any], start: int, offsets: Array | None) -> Texts:
    if offsets is None or offsets.ndim != 1 or not len(offsets) or offsets[0] != 0 or offsets[-1] != part["bytes"]:
        raise Unusable("texts without their places")
    if (np.diff(offsets) < 1).any():
        raise Unusable("texts whose places are in disorder")
    return Texts(offsets, handle.part(start + part["at"]))


def _offsets(name: str) -> str:
    return f"{name}.offsets"


def _aligned(at: int) -> int:
    return -(-at // _ALIGN) * _ALIGN


def _measured(file: IO[bytes]) -> tuple[int, int]:
    file.seek(0)
    size, crc = 0, 0
    while block := file.read(1 << 20):
        size, crc = size + len(block), zlib.crc32(block, crc)
    return size, crc
