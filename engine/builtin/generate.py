"""Builds the dialogues dialtune ships: ``python -m engine.builtin.generate [--check]``.

The files are DialogSum's in form: one JSON object a line with ``id``, ``dialogue``, ``summary`` and
``topic``; the test split has three lines a dialogue, one for each reference. Everything follows from
the seed and the scripts, so building twice gives the same bytes.

:func:`scenes` draws any number of further scenes, lazily, for pretraining.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import itertools
import json
import os
import pkgutil
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from engine.builtin import scenarios
from engine.builtin.grammar import SCENARIOS, Scenario, Scene, play

SEED = "dialtune"
"""The seed of the shipped dialogues. Draw other scenes with another one."""

DIALOGUES = {"train": 2000, "validation": 200, "test": 150}
"""How many dialogues each shipped split has."""

REFERENCES = {"train": 1, "validation": 1, "test": 3}
"""How many summaries each dialogue of a split has."""

FOLDER = Path(__file__).parent / "dialogues"

UNSEEN_TURNS = 2
"""A test dialogue has at least this many turns whose phrasing occurs nowhere in training."""

_ID_PREFIX = {"train": "train", "validation": "dev", "test": "test"}
_MAX_REDRAWS = 1000


@functools.cache
def load_scenarios() -> tuple[Scenario, ...]:
    """Import every scenario module and the digressions; the scenarios, sorted by name."""
    importlib.import_module("engine.builtin.digressions")
    for module in sorted(module.name for module in pkgutil.iter_modules(scenarios.__path__)):
        importlib.import_module(f"{scenarios.__name__}.{module}")
    return tuple(SCENARIOS[name] for name in sorted(SCENARIOS))


def _spread(split: str, seed: str) -> Iterator[Scenario]:
    """All scenarios in random order, then all in another, without end."""
    for lap in itertools.count():
        order = list(load_scenarios())
        random.Random(f"{seed}:{split}:lap {lap}").shuffle(order)
        yield from order


def _redraws(split: str, seed: str) -> Iterator[Iterator[Scene]]:
    """For each dialogue index without end, the endless scenes that may stand there, the first choice first."""
    for index, chosen in enumerate(_spread(split, seed)):
        rng = random.Random(f"{seed}:{split}:{index}")
        yield (play(chosen, rng, split, REFERENCES[split]) for _ in itertools.count())


def scenes(split: str, count: int, seed: str = SEED) -> Iterator[Scene]:
    """Draw ``count`` scenes of ``split`` one by one, the scenarios evenly spread.

    These are plain draws: they may repeat each other, and only :func:`build` keeps its splits apart.
    """
    for draws in itertools.islice(_redraws(split, seed), count):
        yield next(draws)


def build_scenes() -> dict[str, list[Scene]]:
    """The shipped scenes, split by split: no dialogue twice, no skeleton in two splits."""
    built: dict[str, list[Scene]] = {}
    dialogues: set[str] = set()
    earlier_skeletons: set[tuple[str, ...]] = set()
    trained_phrasings: set[str] = set()
    for split, count in DIALOGUES.items():
        accepted: list[Scene] = []
        for draws in itertools.islice(_redraws(split, SEED), count):
            for scene in itertools.islice(draws, _MAX_REDRAWS):
                unseen = sum(phrasing not in trained_phrasings for phrasing in scene.skeleton)
                if (
                    scene.dialogue not in dialogues
                    and scene.skeleton not in earlier_skeletons
                    and len(set(scene.references)) == REFERENCES[split]
                    and (split != "test" or unseen >= UNSEEN_TURNS)
                ):
                    break
            else:
                raise ValueError(f"scenario {scene.scenario} is too small: no {split} dialogue in {_MAX_REDRAWS} draws")
            dialogues.add(scene.dialogue)
            accepted.append(scene)
        earlier_skeletons.update(scene.skeleton for scene in accepted)
        if split == "train":
            trained_phrasings.update(phrasing for scene in accepted for phrasing in scene.skeleton)
        built[split] = accepted
    return built


def rows(split: str, built: list[Scene]) -> list[dict[str, str]]:
    """The scenes as DialogSum writes them; a scene with three references becomes three rows."""
    result = []
    for index, scene in enumerate(built):
        name = f"{_ID_PREFIX[split]}_{index}"
        for number, summary in enumerate(scene.references, start=1):
            row_id = f"{name}_{number}" if REFERENCES[split] > 1 else name
            result.append({"id": row_id, "dialogue": scene.dialogue, "summary": summary, "topic": scene.topic})
    return result


def build() -> dict[str, list[dict[str, str]]]:
    """The rows of every shipped split."""
    return {split: rows(split, built) for split, built in build_scenes().items()}


def file_of(split: str) -> Path:
    """Where the split is shipped."""
    return FOLDER / f"{split}.jsonl"


def render(lines: list[dict[str, str]]) -> str:
    """The text of a split's file."""
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def stale_files() -> list[Path]:
    """The shipped files that are missing or differ from what the scripts make now."""
    made = {file_of(split): render(lines).encode() for split, lines in build().items()}
    return [path for path, data in made.items() if not path.is_file() or path.read_bytes() != data]


def write_files() -> list[Path]:
    """Write every split, each file whole or not at all."""
    written = []
    for split, lines in build().items():
        write_whole(file_of(split), render(lines))
        written.append(file_of(split))
    return written


def write_whole(path: Path, text: str) -> None:
    """Write ``path`` whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
        Path(partial).chmod(0o644)
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m engine.builtin.generate", description=(__doc__ or "").split(":")[0]
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the files are out of date")
    if parser.parse_args(arguments).check:
        stale = stale_files()
        if stale:
            names = ", ".join(path.name for path in stale)
            print(
                f"Out of date: {names}. Run `python -m engine.builtin.generate` to write them again.", file=sys.stderr
            )
            return 1
        print("The built-in dialogues are up to date.")
        return 0
    for path in write_files():
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
