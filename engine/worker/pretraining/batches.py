"""Examples, tokenised ahead of time in chunks on disk, and handed out in batches of like lengths.

A second process writes chunks while the first trains. A chunk's name carries a fingerprint of
tokenizer and corpus code, so a change of either never meets an old chunk.
"""

from __future__ import annotations

import hashlib
import itertools
import multiprocessing
import multiprocessing.process
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

CHUNK = 12_000
"""Examples a chunk."""
AHEAD = 3
"""Chunks written before the writer waits for the reader."""
SOURCE_LIMIT = 400
TARGET_LIMIT = 128


@dataclass(frozen=True)
class Batch:
    """Padded ids (padding 0) and what they hold."""

    source: torch.Tensor
    """(batch, source_length)"""
    target: torch.Tensor
    """(batch, target_length)"""


def fingerprint(tokenizer_folder: Path) -> str:
    """A short digest of everything a chunk depends on."""
    room = Path(__file__).parent
    builtin = room.parent.parent / "builtin"
    digest = hashlib.sha256()
    for path in [
        tokenizer_folder / "tokenizer.json",
        *(room / f"{name}.py" for name in ("corpus", "tasks", "texts", "reporting", "corruption", "batches")),
        builtin / "grammar.py",
        *sorted(builtin.glob("scenarios/*.py")),
    ]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def _pack(rows: list[list[int]]) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
    lengths = np.array([len(row) for row in rows], dtype=np.int32)
    return np.fromiter(itertools.chain.from_iterable(rows), dtype=np.int16), lengths


def write_chunks(data: Path, tokenizer_folder: Path, cache: Path, seed: str, first: int) -> None:
    """Write chunk after chunk, at most :data:`AHEAD` of the reader's; runs in a process of its own for ever."""
    os.nice(5)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    torch.set_num_threads(1)
    from engine.worker.pretraining import corpus, texts
    from engine.worker.pretraining.corruption import corrupt
    from engine.worker.pretraining.tokenizer import load_tokenizer, sentinel_ids

    library = texts.read_library(data)
    tokenizer = load_tokenizer(tokenizer_folder)
    sentinels = sentinel_ids(tokenizer)
    end = tokenizer.eos_token_id
    for number in itertools.count(first):
        path = cache / f"{number:04}.npz"
        while not path.exists() and len(list(cache.glob("[0-9]*.npz"))) >= AHEAD:
            time.sleep(2)
            if os.getppid() == 1:
                return  # the trainer is gone
        if path.exists():
            continue
        rng = random.Random(f"{seed} {number}")
        drawn = list(
            itertools.islice(corpus.stream(library, f"{seed} {number}", corpus.excerpt_share(number * CHUNK)), CHUNK)
        )
        sources: list[str] = [item.text if isinstance(item, corpus.Spans) else item.source for item in drawn]
        targets: list[str] = ["" if isinstance(item, corpus.Spans) else item.target for item in drawn]
        source_ids = tokenizer(sources, add_special_tokens=False)["input_ids"]
        target_ids = tokenizer(targets, add_special_tokens=False)["input_ids"]
        for at, item in enumerate(drawn):
            if isinstance(item, corpus.Spans):
                limit = min(SOURCE_LIMIT, 240)
                source_ids[at], target_ids[at] = corrupt(
                    source_ids[at][:limit], sentinels, rng, item.density, item.mean_span
                )
        source, source_lengths = _pack([[*ids[: SOURCE_LIMIT - 1], end] for ids in source_ids])
        target, target_lengths = _pack([[*ids[: TARGET_LIMIT - 1], end] for ids in target_ids])
        partial = path.with_suffix(".part")
        with partial.open("wb") as file:
            np.savez(file, source=source, source_lengths=source_lengths, target=target, target_lengths=target_lengths)
        partial.rename(path)


def start_writer(
    data: Path, tokenizer_folder: Path, cache: Path, seed: str, first: int
) -> multiprocessing.process.BaseProcess:
    """Start :func:`write_chunks` beside this process; it ends with it."""
    cache.mkdir(parents=True, exist_ok=True)
    process = multiprocessing.get_context("spawn").Process(
        target=write_chunks, args=(data, tokenizer_folder, cache, seed, first), daemon=True
    )
    process.start()
    return process


def _pad(
    ids: NDArray[np.int16], starts: NDArray[np.int64], lengths: NDArray[np.int32], rows: list[int]
) -> torch.Tensor:
    padded = np.zeros((len(rows), int(lengths[rows].max())), dtype=np.int64)
    for at, row in enumerate(rows):
        padded[at, : lengths[row]] = ids[starts[row] : starts[row] + lengths[row]]
    return torch.from_numpy(padded)


def batches_of(chunk: Path, budget: int, most: int, rng: random.Random) -> Iterator[Batch]:
    """The batches of one chunk in random order: ``most`` examples and about ``budget`` padded tokens each."""
    with np.load(chunk) as stored:
        source, source_lengths = stored["source"], stored["source_lengths"]
        target, target_lengths = stored["target"], stored["target_lengths"]
    source_starts = np.concatenate([[0], np.cumsum(source_lengths, dtype=np.int64)])
    target_starts = np.concatenate([[0], np.cumsum(target_lengths, dtype=np.int64)])
    # By source length in steps of 16, then by target length: both ends stay tight.
    order = np.lexsort((target_lengths, source_lengths // 16))
    groups: list[list[int]] = [[]]
    widest = 0
    for row in order.tolist():
        widest = max(widest, int(source_lengths[row]) + int(target_lengths[row]))
        if groups[-1] and (len(groups[-1]) >= most or widest * (len(groups[-1]) + 1) > budget):
            groups.append([])
            widest = int(source_lengths[row]) + int(target_lengths[row])
        groups[-1].append(row)
    rng.shuffle(groups)
    for rows in groups:
        yield Batch(
            _pad(source, source_starts, source_lengths, rows), _pad(target, target_starts, target_lengths, rows)
        )


def batches(cache: Path, first: int, budget: int, most: int, seed: str) -> Iterator[tuple[int, Batch]]:
    """(chunk number, batch) for ever, each chunk deleted once it is used up; waits for the writer.

    Raises ``TimeoutError`` when no chunk arrives within five minutes.
    """
    for number in itertools.count(first):
        path = cache / f"{number:04}.npz"
        waited = time.monotonic()
        while not path.exists():
            if time.monotonic() - waited > 300:
                raise TimeoutError(f"no chunk {path} after five minutes: has the writer failed?")
            time.sleep(0.2)
        for batch in batches_of(path, budget, most, random.Random(f"{seed} {number}")):
            yield number, batch
        path.unlink()
