"""Bookmarks, notes and verdicts: kept whatever happens to the terminal, the file or the runs."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import WorkspaceError
from engine.results import verdicts
from engine.results.verdicts import Count, Ledger, Tally, digest, tally
from engine.runs.workspace import Workspace
from tests.unit.run_factory import finished

BOTH = {"full": "They meet.", "lora": "They part."}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for name in ("full", "lora", "zero"):
        finished(tmp_path / "runs", name)
    return tmp_path / "runs"


def judge(place: Path, key: str, winner: str | None, blind: bool = True, **said: str) -> None:
    Ledger(place).judge(key, f"id {key}", said or BOTH, winner, blind)


def test_the_last_word_counts(workspace: Path) -> None:
    ledger = Ledger(workspace)
    ledger.bookmark("k1", "test_1", True)
    ledger.bookmark("k2", "test_2", True)
    ledger.bookmark("k1", "test_1", False)
    ledger.note("k1", "test_1", "odd: \x1b[2J\nand more")
    ledger.note("k2", "test_2", "x")
    ledger.note("k2", "test_2", " ")
    said = ledger.read()
    assert said.bookmarks == {"k2": "test_2"}
    assert said.notes == {"k1": "odd: \x1b[2J\nand more"}
    assert Ledger(workspace).read() == said, "another terminal reads the same"


def test_wins_ties_and_losses_blind_ones_apart(workspace: Path) -> None:
    for key, winner in (("1", "full"), ("2", "full"), ("3", ""), ("4", "lora"), ("5", "lora")):
        judge(workspace, key, winner)
    judge(workspace, "5", None)
    judge(workspace, "1", "lora", blind=False)
    judge(workspace, "1", "zero", lora="a", zero="b")
    assert tally(workspace) == {
        ("full", "lora"): Tally(blind=Count(2, 1, 1), open=Count(0, 0, 1)),
        ("lora", "zero"): Tally(blind=Count(0, 0, 1)),
    }
    found = Ledger(workspace).read().verdict("1", "lora", "full", blind=True)
    assert found is not None and found.winner == "full" and found.said == (digest("They meet."), digest("They part."))
    assert Ledger(workspace).read().verdict("5", "lora", "full", blind=True) is None


def test_an_empty_workspace_has_no_verdicts(tmp_path: Path) -> None:
    assert tally(tmp_path / "none") == {}


def test_a_verdict_follows_a_renamed_run_and_no_other(workspace: Path) -> None:
    judge(workspace, "1", "full")
    Workspace(workspace).rename("full", "a-better-name")
    assert tally(workspace) == {("a-better-name", "lora"): Tally(blind=Count(1, 0, 0))}
    Workspace(workspace).delete("a-better-name")
    assert tally(workspace) == {}
    finished(workspace, "full")
    assert tally(workspace) == {}, "what was said of the deleted run is not said of the new one"
    judge(workspace, "1", "lora")
    assert tally(workspace) == {("full", "lora"): Tally(blind=Count(0, 0, 1))}


def test_a_renamed_winner_changes_sides_in_the_alphabet(workspace: Path) -> None:
    judge(workspace, "1", "full")
    Workspace(workspace).rename("full", "zzz")
    assert tally(workspace) == {("lora", "zzz"): Tally(blind=Count(0, 0, 1))}


def test_two_terminals_write_at_once(workspace: Path) -> None:
    def write(number: int) -> None:
        ledger = Ledger(workspace)
        for at in range(100):
            ledger.note(f"{number} {at}", "id", "x" * 300)
            ledger.bookmark(f"{number} {at}", "id", True)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    reader, seen = Ledger(workspace), 0
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        now = len(reader.read().notes)
        assert now >= seen, "what was read is not lost"
        seen = now
    for writer in writers:
        writer.join()
    said = reader.read()
    assert len(said.notes) == len(said.bookmarks) == 400 and set(map(len, said.notes.values())) == {300}


def test_a_torn_last_line_costs_only_itself(workspace: Path) -> None:
    judge(workspace, "1", "full")
    judge(workspace, "2", "full")
    path = workspace / verdicts.FILE
    whole = path.read_bytes()
    early = Ledger(workspace)
    for cut in range(len(whole) // 2 + 2, len(whole)):
        path.write_bytes(whole[:cut])
        assert Ledger(workspace).read().tally() == {("full", "lora"): Tally(blind=Count(1, 0, 0))}
    path.write_bytes(whole[:-5])
    early.read()
    judge(workspace, "3", "lora")
    expected = {("full", "lora"): Tally(blind=Count(1, 0, 1))}
    assert early.read().tally() == expected
    assert Ledger(workspace).read().tally() == expected


def test_a_file_written_anew_is_read_anew(workspace: Path) -> None:
    ledger = Ledger(workspace)
    for key in "abc":
        ledger.bookmark(key, key, True)
    assert len(ledger.read().bookmarks) == 3
    path = workspace / verdicts.FILE
    path.write_text(path.read_text().splitlines(keepends=True)[1])
    assert ledger.read().bookmarks == {"b": "b"}


VALID = {
    "what": "verdict", "key": "k", "id": "i", "winner": "full", "blind": True, "time": 1.0,
    "models": [{"name": "full", "made": 0.0, "said": ""}, {"name": "lora", "made": 0.0, "said": ""}],
}  # fmt: skip
anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(VALID)), anything), st.sampled_from(["verdict", "note", "bookmark", "x"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
def test_lines_of_any_shape_are_read_past(tmp_path: Path, changes: dict[str, object], what: str) -> None:
    lines = [json.dumps({**VALID, "what": what, **changes}), "null", "[", '{"key": 1}', "", '{"what": "later"}']
    good = json.dumps({"what": "bookmark", "key": "last", "id": "last", "on": True, "time": 1})
    (tmp_path / verdicts.FILE).write_text("\n".join([*lines, good]) + "\n")
    said = Ledger(tmp_path).read()
    said.tally()
    assert said.bookmarks["last"] == "last"


def test_what_cannot_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="cannot be written"):
        Ledger(tmp_path / "file").bookmark("k", "i", True)
    for said, winner in (({"a": ""}, "a"), ({"a": "", "b": ""}, "c"), ({"a": "", "b": "", "c": ""}, "a")):
        with pytest.raises(ValueError, match="none of two"):
            Ledger(tmp_path).judge("k", "i", said, winner, blind=True)
    assert not (tmp_path / verdicts.FILE).exists()
