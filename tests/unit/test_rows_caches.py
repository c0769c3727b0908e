"""The table's caches: never believed when stale, damaged or foreign, and made wherever there is room."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from engine.errors import WorkspaceError
from engine.results.rows import keeping, open_rows, opening, packs
from engine.runs.folder import RunFolder
from tests.unit.rows_factory import hits, rewrite, run_of, said


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user's cache folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    yield tmp_path / "xdg" / "dialtune" / "rows"


def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What is made from now on."""
    calls: list[tuple[str, ...]] = []
    original = keeping.make

    def make(source: keeping.Source, kinds: tuple[str, ...], tell: Any) -> Any:
        calls.append((source.run.name, *kinds))
        return original(source, kinds, tell)

    monkeypatch.setattr(keeping, "make", make)
    return calls


def test_what_was_read_once_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [run_of(tmp_path, name, said("1"), said("2")) for name in "ab"]
    calls = made(monkeypatch)
    open_rows(runs)
    assert sorted(calls) == [("a", "columns", "words"), ("b", "columns")], "the dialogues are kept once"
    calls.clear()
    assert hits(open_rows(runs), "hello 2") == ["2"]
    assert calls == []
    open_rows([runs[1]])
    assert calls == [("b", "words")]


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    run = run_of(tmp_path, "a", said("1", 0.1))
    before = open_rows([run])
    rewrite(run, said("1", 0.2), said("2", 0.3))
    assert not before.current
    after = open_rows([run])
    assert after.current
    assert after.score("a", "rouge1").tolist() == [0.2, 0.3]
    assert open_rows([run]).score("a", "rouge1").tolist() == [0.2, 0.3]


def test_rows_stay_what_they_were_when_the_file_is_replaced(tmp_path: Path) -> None:
    run = run_of(tmp_path, "a", said("1", 0.1))
    rows = open_rows([run])
    new = run.path / "new"
    new.write_text(json.dumps(asdict(said("2"))) + "\n")
    new.replace(run.predictions_path)
    assert rows.detail(0).id == "1"
    assert not rows.current


def test_a_file_written_over_in_place_is_told(tmp_path: Path) -> None:
    run = run_of(tmp_path, "a", said("1"), said("2"))
    rows = open_rows([run])
    rewrite(run, said("8"), said("9"))
    with pytest.raises(WorkspaceError, match="written over"):
        rows.detail(0)


DAMAGES = {
    "empty": lambda data: b"",
    "torn": lambda data: data[:-1],
    "longer": lambda data: data + b"x",
    "other version": lambda data: data.replace(b"rows.1", b"rows.0", 1),
    "garbage": lambda data: bytes(range(256)) * 40,
    "head": lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:],
    "body": lambda data: data[: len(data) // 2] + bytes(len(data) - len(data) // 2),
}


@pytest.mark.parametrize("kind", ["columns", "words"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str, kind: str) -> None:
    run = run_of(tmp_path, "a", *(said(str(n), n / 100) for n in range(30)))
    open_rows([run])
    path = run.path / ".cache" / f"rows.{kind}"
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    calls = made(monkeypatch)
    rows = open_rows([run])
    assert calls
    assert rows.score("a", "rouge1").tolist() == [n / 100 for n in range(30)]
    assert hits(rows, "hello 17") == ["17"]
    calls.clear()
    open_rows([run])
    assert calls == [], "and the new one is good"


def test_another_runs_cache_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the same size and time, as after a copy of the wrong folder."""
    one, other = run_of(tmp_path, "a", said("1", 0.125)), run_of(tmp_path, "b", said("2", 0.375))
    assert one.predictions_path.stat().st_size == other.predictions_path.stat().st_size
    os.utime(other.predictions_path, ns=(one.predictions_path.stat().st_mtime_ns,) * 2)
    open_rows([one])
    shutil.copytree(one.path / ".cache", other.path / ".cache")
    calls = made(monkeypatch)
    rows = open_rows([other])
    assert calls == [("b", "columns", "words")]
    assert list(rows.ids) == ["2"]
    assert rows.score("b", "rouge1").tolist() == [0.375]


def test_a_copied_run_brings_its_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(tmp_path, "a", said("1"))
    open_rows([run])
    shutil.copytree(run.path, tmp_path / "copy")  # keeps times, as rsync -a does
    calls = made(monkeypatch)
    open_rows([RunFolder(tmp_path / "copy")])
    assert calls == []


def unwritable(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    """Writing below ``folders`` fails, for root too."""
    original = packs.write

    def write(path: Path, draft: packs.Draft) -> None:
        if any(folder in path.parents for folder in folders):
            raise PermissionError(13, "Permission denied")
        original(path, draft)

    monkeypatch.setattr(packs, "write", write)


def test_a_run_that_cannot_be_written_is_cached_elsewhere(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_of(tmp_path / "runs", "a", said("1"))
    unwritable(monkeypatch, run.path)
    monkeypatch.setattr(keeping, "MOST_KEPT", 3)
    home.mkdir(parents=True)
    for number in range(4):
        (home / f"old{number}.columns").touch()
        os.utime(home / f"old{number}.columns", (number, number))
    assert hits(open_rows([run]), "hello") == ["1"]
    assert len(list(home.iterdir())) == 3, "old ones go"
    calls = made(monkeypatch)
    assert hits(open_rows([run]), "hello") == ["1"]
    assert calls == []


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    run = run_of(tmp_path, "a", said("1"))
    (run.path / ".cache").mkdir()
    old, new = run.path / ".cache" / ".rows.columns.old", run.path / ".cache" / ".rows.columns.new"
    old.touch()
    new.touch()
    os.utime(old, (1, 1))
    open_rows([run])
    assert not old.exists()
    assert new.exists(), "somebody may be writing it"


def test_where_nothing_can_be_written_memory_will_do(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_of(tmp_path / "runs", "a", said("1"), said("2"))
    unwritable(monkeypatch, tmp_path)
    rows = open_rows([run])
    assert hits(rows, "hello 2") == ["2"]
    assert rows.detail(1).id == "2"
    assert not home.exists() or not list(home.iterdir())


def test_large_files_are_read_in_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "SMALL", 0)
    runs = [run_of(tmp_path, name, *(said(str(n)) for n in range(20))) for name in "abc"]
    calls, told = made(monkeypatch), list[tuple[int, int]]()
    rows = open_rows(runs, lambda done, total: told.append((done, total)))
    assert calls == [], "nothing was read here"
    assert len(rows) == 20
    assert told[-1][0] == told[-1][1] == sum(run.predictions_path.stat().st_size for run in runs)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_without_another_process_it_is_done_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "SMALL", 0)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert len(open_rows([run_of(tmp_path, "a", said("1"))])) == 1


@pytest.mark.parametrize("small", [0, 1 << 20])
def test_whoever_has_seen_enough_can_end_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int) -> None:
    monkeypatch.setattr(opening, "SMALL", small)

    def enough(_done: int, _total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        open_rows([run_of(tmp_path, name, said("1")) for name in "abc"], enough)


def test_listing_runs_needs_no_numpy() -> None:
    code = "import sys, engine.results.rows, engine.results.query; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
