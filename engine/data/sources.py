"""Where dialogues come from: the built-in ones, a file, a folder of files. (The hub: :mod:`engine.worker.hub`.)

A source gives tables of rows for its splits; :func:`assemble` makes examples of them, for files and the hub
alike: every n-th row, columns, grouped references, limits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import builtin
from engine.data import duplicates, formats
from engine.data.columns import SPLITS, Row, SplitName, check, find
from engine.data.examples import Example, Splits
from engine.data.grouping import apart, divide, group, held_out
from engine.data.quoting import count, plain, quoted
from engine.errors import DataError
from engine.spec import DataSpec
from engine.tasks import Task, named

_SPLIT_WORDS: dict[str, SplitName] = {
    "train": "train", "training": "train",
    "validation": "validation", "valid": "validation", "val": "validation", "dev": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip
_NEARLY = f", or with {duplicates.NEAR_PERCENT} % of all their word {duplicates.GRAM}-grams in common"
_SHARD = re.compile(r"[-_.]\d+([-_.]of[-_.]\d+)?$", re.IGNORECASE)
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?", re.ASCII)
_FILE_SUFFIXES = {
    ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".txt", ".md", ".gz", ".bz2", ".xz", ".zst", ".zip",
    ".tar", ".xlsx", ".xls", ".arrow", ".db", ".sqlite", ".toml", ".yaml", ".yml", ".py", ".pkl",
}  # fmt: skip


@dataclass(frozen=True)
class Loaded:
    """The examples of a source, and what a person should know about how they were read."""

    splits: Splits
    notices: tuple[str, ...] = ()
    """Sentences: columns guessed, references grouped, empty ones left out, a heap divided, ..."""
    revision: str = ""
    """Commit of a hub data set; empty for files."""
    excluded: int = 0
    """Training examples left out by ``data.exclude_leaked``."""


@dataclass(frozen=True)
class Table:
    """Rows of one file, or of one split of a hub data set. ``where`` names it in messages."""

    where: str
    rows: Sequence[Mapping[str, Any]]


# -- what a source is -----------------------------------------------------------------------------


def is_hub_id(source: str) -> bool:
    """Whether ``source`` means a data set on the hub: ``owner/name`` or ``name``, and nothing of that name on disk.

    What ends like a file (``dialogs/train.jsonl``) or can only be a path (``./dialogs``) is none, there or not.
    """
    if source == builtin.NAME or not _HUB_ID.fullmatch(source) or ".." in source or "--" in source:
        return False
    return Path(source).suffix.lower() not in _FILE_SUFFIXES and not Path(source).exists()


def absolute(source: str) -> str:
    """``source`` as a worker must get it, which runs in another folder: paths absolute, the rest as it is."""
    if source == builtin.NAME or is_hub_id(source):
        return source
    return str(_path(source).resolve())


def check_there(source: str) -> None:
    """Raise DataError, as :func:`load` would, when the path ``source`` has no files with dialogues; reads none."""
    _files(_path(source))


def _path(source: str) -> Path:
    try:
        return Path(source).expanduser()
    except RuntimeError:  # ~somebody whom this machine does not know
        return Path(source)


def split_of(path: Path) -> SplitName | None:
    """The split a file's name speaks of: ``test.jsonl``, ``dialogsum.train.csv``, ``train-00000-of-00002.parquet``.

    The name must begin or end with the split's; ``train-or-test.csv`` speaks of none.
    """
    words = re.split(r"[^a-z0-9]+", _SHARD.sub("", path.stem).casefold())
    named = {_SPLIT_WORDS[word] for word in (words[0], words[-1]) if word in _SPLIT_WORDS}
    return named.pop() if len(named) == 1 else None


# -- loading --------------------------------------------------------------------------------------


def load(spec: DataSpec, *, need_train: bool = False, need_test: bool = True, task: Task | None = None) -> Loaded:
    """The dialogues of ``spec`` (or what else ``task`` reads): built in, a file, or a folder of files.

    A folder has a file for each split (:func:`split_of`), or several of one kind, read in the order of their
    names. A single file whose name speaks of no split is divided: 80 % of its dialogues for training, 10 %
    for validation, 10 % for test, always the same ones, and none in two splits (:func:`~.grouping.divide`).
    A split with a limit of 0 is neither needed nor read.

    Raises DataError when anything is missing or damaged, when there is no test split although ``need_test``, or none
    to train on although ``need_train``; and for hub ids, which only a worker reads.
    """
    source = spec.source
    task = task or named()
    if source == builtin.NAME:
        path = task.data
    elif is_hub_id(source):
        raise DataError(
            f"There is no file or folder {plain(source)}",
            "A data set of that name may be on the Hugging Face hub, where only runs read",
        )
    else:
        path = _path(source)
    found, notices = _files(path)
    tables = {
        split: [Table(plain(str(file)), formats.read(file)) for file in files]
        for split, files in found.items()
        if split is None or getattr(spec, split) != 0
    }
    return assemble(tables, spec, plain(source), notices=notices, need_train=need_train, need_test=need_test, task=task)


def _files(path: Path) -> tuple[dict[SplitName | None, list[Path]], list[str]]:
    """The files of each split, None standing for one that is yet to be divided."""
    try:
        if path.is_file():
            return {split_of(path): [path]}, []
        if not path.is_dir():
            what = "is neither a file nor a folder" if path.exists() else ""
            happened = f"{plain(str(path))} {what}" if what else f"There is no file or folder {plain(str(path))}"
            raise DataError(happened, "", "Check data.source; relative paths start where dialtune was started")
        files = _rows_in(path) or (_rows_in(path / "data") if (path / "data").is_dir() else [])
    except OSError as error:
        raise DataError(f"{plain(str(path))} cannot be read", error.strerror or plain(str(error))) from None
    if not files:
        raise DataError(f"{plain(str(path))} has no files with dialogues in it", "", f"Put {formats.SUFFIXES} there")
    found: dict[SplitName | None, list[Path]] = {}
    for file in files:
        found.setdefault(split_of(file), []).append(file)
    notices = []
    unnamed = found.get(None, [])
    if set(found) == {None}:
        if len(unnamed) > 1:
            raise DataError(
                f"{plain(str(path))} has {len(unnamed)} files, but none says which split it is",
                f"They are {quoted(file.name for file in unnamed)}",
                "Name them train.jsonl, validation.jsonl and test.jsonl, or give one file",
            )
    elif unnamed:
        del found[None]
        notices.append(f"Not read, for their names speak of no split: {quoted(file.name for file in unnamed)}.")
    for split, parts in found.items():
        if len({file.suffix.lower() for file in parts}) > 1:  # most likely the same rows twice
            raise DataError(
                f"{plain(str(path))} has the {split} split in more than one kind of file",
                f"They are {quoted(file.name for file in parts)}",
                "Keep one of them, or give its name",
            )
        if len(parts) > 1:
            notices.append(
                f"The {split} split was read from {len(parts)} files: {quoted(file.name for file in parts)}."
            )
    return found, notices


def _rows_in(folder: Path) -> list[Path]:
    files = (file for file in folder.iterdir() if formats.readable(file) and not file.name.startswith("."))
    return sorted(file for file in files if file.is_file())


# -- from tables to splits ------------------------------------------------------------------------


def assemble(
    tables: Mapping[SplitName | None, Sequence[Table]],
    spec: DataSpec,
    source: str,
    *,
    notices: Sequence[str] = (),
    need_train: bool = False,
    need_test: bool = True,
    revision: str = "",
    task: Task | None = None,
) -> Loaded:
    """Examples of ``tables``; those under None are divided into three splits.

    ``data.every`` counts rows, through all tables of a split, before references are grouped; then leaked training
    examples are left out, where asked; the limits count examples. Raises DataError for what :func:`load` says.
    """
    told = list(notices)
    task = task or named()
    if None in tables:
        examples = _examples(tables[None], spec, None, told, task)
        splits = divide(examples)
        told.append(
            f"{source} is not split, so its {count(len(examples), task.words.item[0])} were divided: "
            f"{len(splits.train):,} train, {len(splits.validation):,} validation, {len(splits.test):,} test, "
            "the same ones each time."
        )
        parts: dict[SplitName, Sequence[Example]] = {name: getattr(splits, name) for name in SPLITS}
    else:
        parts = {name: _examples(tables[name], spec, name, told, task) for name in SPLITS if tables.get(name)}
    if task.holds_out and spec.validation != 0 and parts.get("train") and not parts.get("validation"):
        parts["train"], parts["validation"] = held_out(parts["train"])
        told.append(
            f"{source} has no validation split, so {len(parts['validation']):,} of its training "
            f"{task.words.item[1]} are held out for it, the same ones each time; {len(parts['train']):,} are left."
        )
    excluded = 0
    if spec.exclude_leaked != "none" and parts.get("train"):
        parts["train"], excluded = _unleaked(parts, spec, source, need_train, told)
    chosen: dict[str, tuple[Example, ...]] = {}
    for name in SPLITS:
        limit: int | str = getattr(spec, name)
        part = parts.get(name, ())
        if not part and limit != 0:
            _lacks(name, source, [n for n in SPLITS if parts.get(n)], None in tables, need_train, need_test, told)
        chosen[name] = tuple(part if limit == "all" else part[: int(limit)])
    return Loaded(Splits(**chosen), tuple(dict.fromkeys(told)), revision, excluded)


def _unleaked(
    parts: Mapping[SplitName, Sequence[Example]], spec: DataSpec, source: str, need_train: bool, told: list[str]
) -> tuple[list[Example], int]:
    """The training examples whose dialogue is in no other split, and how many others there were.

    Whole splits are compared, before the limits: which examples are left out does not depend on how many are used.
    """
    near = spec.exclude_leaked == "near"
    train = parts["train"]
    others = [example.dialogue for name in SPLITS if name != "train" for example in parts.get(name, ())]
    out = duplicates.leaked([example.dialogue for example in train], others, near)
    rest = [example for at, example in enumerate(train) if at not in out]
    how = f"the same but for case and punctuation{_NEARLY if near else ''}"
    rule = f"data.exclude_leaked = {spec.exclude_leaked}: {how}"
    if not rest and need_train:
        raise DataError(
            f"No training example of {source} is left",
            f"All {len(train):,} have a dialogue that is in the validation or test split too ({rule})",
            "Set data.exclude_leaked=none, or use another split",
        )
    unread = [name for name in SPLITS if getattr(spec, name) == 0 and not parts.get(name)]
    beside = f"; the {' and '.join(unread)} split was not read, so not compared" if unread else ""
    told.append(
        f"{count(len(out), 'training example')} of {len(train):,} left out whose dialogue is in the validation or "
        f"test split too ({rule}){beside}."
    )
    return rest, len(out)


def _examples(
    tables: Sequence[Table], spec: DataSpec, split: SplitName | None, told: list[str], task: Task
) -> list[Example]:
    rows: list[Row] = []
    offset = empty = 0
    for table in tables:
        if not table.rows:
            raise DataError(f"{table.where} has no rows", "", f"Each {task.source.name} is one row")
        names = dict.fromkeys(name for row in table.rows for name in row)
        columns, guessed = find(list(names), spec.columns, table.where, task)
        if guessed:
            what = ", ".join(f"{role} from {quoted([columns.of(role, task)])}" for role in guessed)
            told.append(f"Columns guessed by name: {what}.")
        first = -offset % spec.every  # the count goes on from the table before
        numbered = ((index + 1, table.rows[index]) for index in range(first, len(table.rows), spec.every))
        checked, blanks = check(numbered, columns, table.where, split, offset, task)
        rows += checked
        offset += len(table.rows)
        empty += blanks
    examples, notices = (group if task.target_kind == "text" else apart)(rows, split or "train")
    told += notices
    if empty:
        told.append(f"{count(empty, 'empty reference')} left out of the {split or 'train'} split.")
    if not examples:
        one, other = task.source.name, task.target.name
        raise DataError(f"{tables[0].where} has no row with a {other}", "", f"Every {one} needs at least one")
    return examples


def _lacks(
    split: SplitName, source: str, there: Sequence[str], divided: bool, need_train: bool, need_test: bool,
    told: list[str],
) -> None:  # fmt: skip
    """Say that a split is missing, or raise DataError where the run cannot do without."""
    have = f"It has only {' and '.join(there)}" if there else ""
    if divided:
        have = "Its dialogues are too few to divide; three different ones are the least"
    if split == "test":
        todo = "Add a file such as test.jsonl, or set data.test=0 to score nothing"
        if need_test:
            raise DataError(f"{source} has no test split", have, todo)
        told.append(f"{source} has no test split. {todo}.")
    if split == "train" and need_train:
        raise DataError(
            f"{source} has no train split", have, "Add a file such as train.jsonl, or choose method zero-shot"
        )
    if split == "validation":
        told.append(f"{source} has no validation split; nothing is evaluated while training.")
