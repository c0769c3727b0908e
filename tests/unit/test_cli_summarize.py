"""``summarize``: what it reads, what it keeps, and how it goes on; the worker stood in for."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BY_EXIT_CODE, DataError, WorkspaceError
from engine.summarising.inputs import Item, read, read_stream
from engine.summarising.keeping import Kept
from tests.unit.run_factory import finished, queued
from tests.unit.test_cli import run


class Worker:
    """What the command starts in place of a worker: answers each dialogue, or says just ``said``."""

    def __init__(self, said: str | None, code: int, calls: list[dict[str, Any]], fails_after: int = -1) -> None:
        self._said, self._code, self._calls, self._fails_after = said, code, calls, fails_after

    def __call__(self, command: list[str], **options: Any) -> Worker:
        read, write = os.pipe()
        self.stdin, self._given = os.fdopen(write, "w", encoding="utf-8"), os.fdopen(read, encoding="utf-8")
        self._calls.append({"command": command, "input": []})
        self.stdout = self._answers()
        return self

    def _answers(self) -> Any:
        class Lines:
            def __init__(self, lines: Any) -> None:
                self._lines = lines

            def __iter__(self) -> Any:
                return self._lines

            def close(self) -> None:
                self._lines.close()

        return Lines(self._lines())

    def _lines(self) -> Any:
        if self._said is not None:
            self._calls[-1]["input"] = self._given.read().splitlines()
            yield from io.StringIO(self._said)
            return
        for number, line in enumerate(self._given):
            if number == self._fails_after:
                raise KeyboardInterrupt
            self._calls[-1]["input"].append(line.rstrip("\n"))
            values = json.loads(line)
            yield json.dumps({"progress": number + 1}) + "\n"
            yield json.dumps({"id": values["id"], "summary": f"of {values['dialogue']}"}) + "\n"

    def wait(self) -> int:
        return self._code

    def kill(self) -> None:
        self._given.close()


Answering = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Answering:
    """``answering(said=None, code=0)``: stand in for the worker; gives the calls that reach it."""

    def stand_in(said: str | None = None, code: int = 0, fails_after: int = -1) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = []
        monkeypatch.setattr("engine.summarising.asking.subprocess.Popen", Worker(said, code, calls, fails_after))
        return calls

    return stand_in


# -- answers --------------------------------------------------------------------------------------


def test_one_dialogue(tmp_path: Path, answering: Answering) -> None:
    finished(tmp_path, "base", method="zero-shot")
    calls = answering("a library's chatter\n" + json.dumps({"id": "1", "summary": "Ann calls Bob."}) + "\n")
    result = run(
        "summarize", "base", "--max-new-tokens", "7", "--workspace", tmp_path, stdin="Ann: Hi\n[note] Bob: Ho\n"
    )
    assert (result.exit_code, result.stdout) == (0, "Ann calls Bob.\n")
    assert json.loads(calls[0]["input"][0]) == {"id": "1", "dialogue": "Ann: Hi\n[note] Bob: Ho"}
    assert calls[0]["command"][-2:] == ["--max-new-tokens", "7"]


def test_many_dialogues(tmp_path: Path, answering: Answering) -> None:
    finished(tmp_path, "base", method="zero-shot")
    calls = answering()
    file = tmp_path / "calls.jsonl"
    file.write_text('{"id": "a", "dialogue": "A: x"}\n\n{"dialogue": "B: y\\u2028z"}\n', encoding="utf-8")
    result = run("summarize", "base", file, "--workspace", tmp_path)
    answers = [{"id": "a", "summary": "of A: x"}, {"id": "2", "summary": "of B: y\u2028z"}]
    assert [json.loads(line) for line in result.stdout.split("\n") if line] == answers
    assert [json.loads(line)["id"] for line in calls[0]["input"]] == ["a", "2"]


@pytest.mark.parametrize("code", sorted(BY_EXIT_CODE))
def test_it_ends_as_the_worker_room_ended(code: int, tmp_path: Path, answering: Answering) -> None:
    finished(tmp_path, "base", method="zero-shot")
    error = {"exit_code": code, "happened": "It broke", "why": "So it was", "todo": "Mend it"}
    answering(json.dumps({"error": error}) + "\n", code)
    result = run("summarize", "base", "--workspace", tmp_path, stdin="A: x")
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr == "dialtune: It broke. So it was. Mend it.\n"


def test_it_passes_its_settings_on(tmp_path: Path, answering: Answering) -> None:
    finished(tmp_path, "run", method="zero-shot")
    answer = json.dumps({"notice": "1 shot left out.\x1b[2J"}) + "\n" + json.dumps({"id": "1", "summary": "So."}) + "\n"
    calls = answering(answer)
    result = run(
        "summarize", "run", "--shots", "2", "--shots-seed", "7", "--shot", "-odd", "--shot", "b",
        "--temperature", "0.5", "--top-p", "0.9", "--length-penalty", "-1", "--workspace", tmp_path, stdin="A: x",
    )  # fmt: skip
    assert (result.exit_code, result.stdout, result.stderr) == (0, "So.\n", "1 shot left out.\n")
    assert set(zip(calls[0]["command"], calls[0]["command"][1:], strict=False)) >= {
        ("--shots", "2"), ("--shots-seed", "7"), ("--shot=-odd", "--shot=b"), ("--temperature", "0.5"),
        ("--top-p", "0.9"), ("--length-penalty", "-1.0"),
    }  # fmt: skip


def test_it_asks_a_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answering: Answering) -> None:
    calls = answering(json.dumps({"id": "1", "summary": "So."}) + "\n")
    file = tmp_path / "call.txt"
    file.write_text("A: x", encoding="utf-8")
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    for base, place in (("builtin", "builtin"), ("mine", str(tmp_path / "mine")), ("me/mine", "me/mine")):
        result = run("summarize", "--base", base, file)
        assert (result.exit_code, result.stdout) == (0, "So.\n")
        assert calls[-1]["command"][-1] == f"--base={place}"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Missing argument 'RUN'"),
        (["a", "b", "c"], "unexpected extra argument (c)"),
        (["--base", "builtin", "b", "c"], "unexpected extra argument (c)"),
        (["a", "--beams", "2", "--temperature", "1"], "do not go together"),
        (["a", "--top-p", "0"], "--top-p"),
    ],
)
def test_it_refuses(arguments: list[str], says: str) -> None:
    result = run("summarize", *arguments, stdin="A: x")
    assert result.exit_code == 2 and says in result.stderr


def test_without_a_model_a_file_or_an_answer(tmp_path: Path, answering: Answering) -> None:
    queued(tmp_path, "new")
    assert run("summarize", "new", "--workspace", tmp_path, stdin="A: x").exit_code == 4
    finished(tmp_path, "base", method="zero-shot")
    assert run("summarize", "base", tmp_path / "none.txt", "--workspace", tmp_path).exit_code == 3
    assert run("summarize", "base", "--workspace", tmp_path, stdin=" \n").exit_code == 3
    (tmp_path / "bad.jsonl").write_text('{"dialogue": "A: x"}\n{"text": "A: x"}\n')
    wrong = run("summarize", "base", tmp_path / "bad.jsonl", "--workspace", tmp_path)
    assert wrong.exit_code == 3
    assert "Row 2" in wrong.stderr
    answering("", -9)
    died = run("summarize", "base", "--workspace", tmp_path, stdin="A: x")
    assert (died.exit_code, "could not summarise" in died.stderr) == (7, True)


def test_a_bad_line_of_a_stream_ends_it_after_the_good_ones(tmp_path: Path, answering: Answering) -> None:
    finished(tmp_path, "base", method="zero-shot")
    answering()
    result = run("summarize", "base", "--workspace", tmp_path, stdin='{"dialogue": "A: x"}\n\nnonsense\n')
    assert result.exit_code == 3 and "Row 2 of standard input" in result.stderr
    assert json.loads(result.stdout) == {"id": "1", "summary": "of A: x"}


# -- what it reads --------------------------------------------------------------------------------


def test_tables_of_any_kind_and_folders(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text('Conversation,extra\n"A: x, y",1\n"B: z",2\n')
    assert read(tmp_path / "c.csv").items == [Item("1", "A: x, y"), Item("2", "B: z")]
    (tmp_path / "t.jsonl").write_text('{"id": 7, "dialogue": ["A: x", {"speaker": "B", "text": "y"}]}\n')
    assert read(tmp_path / "t.jsonl").items == [Item("7", "A: x\nB: y")]
    pq = pytest.importorskip("pyarrow.parquet")
    pa = pytest.importorskip("pyarrow")
    pq.write_table(pa.table({"text": ["A: x"], "id": ["p"]}), tmp_path / "p.parquet")
    assert read(tmp_path / "p.parquet").items == [Item("p", "A: x")]
    folder = tmp_path / "calls"
    (folder / "sub").mkdir(parents=True)
    (folder / "b.txt").write_text("B: y\n")
    (folder / "sub" / "a.md").write_text("A: x")
    (folder / "x.bin").write_bytes(b"\0")
    (folder / ".hidden.txt").write_text("no")
    found = read(folder)
    assert found.items == [Item("b.txt", "B: y"), Item("sub/a.md", "A: x")]
    assert "1 file" in found.notices[0]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.csv", "id,words\n1,x\n", "no column known to hold the dialogue"),
        ("b.csv", "dialogue\nA: x\n  \n", "Row 2"),
        ("c.jsonl", '{"dialogue": 5}\n', "Row 1"),
        ("d.txt", " \n", "empty"),
    ],
)
def test_bad_input_is_a_sentence(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=says):
        read(tmp_path / name)


def test_a_folder_without_texts_names_its_tables(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("dialogue\nA: x\n")
    with pytest.raises(DataError, match=r"1 table, such as calls\.csv"):
        read(tmp_path)


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=5))
def test_lines_of_a_stream_are_what_was_written(texts: list[str]) -> None:
    lines = [json.dumps({"id": f"n{at}", "dialogue": text}) + "\n" for at, text in enumerate(texts)]
    found = list(read_stream([line.encode() for line in lines]).items)
    assert [item.id for item in found] == [f"n{at}" for at in range(len(texts))]
    assert [item.dialogue for item in found] == [text.encode("utf-8", "replace").decode() for text in texts] or any(
        "\ud800" <= character <= "\udfff" for text in texts for character in text
    )


@given(st.binary(max_size=60))
def test_any_stream_is_read_or_refused(data: bytes) -> None:
    try:
        items = list(read_stream(io.BytesIO(data)).items)
    except DataError:
        return
    assert items and all(item.dialogue.strip() for item in items)


# -- going on -------------------------------------------------------------------------------------


def lines(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


def test_it_goes_on_where_it_was_interrupted(tmp_path: Path, answering: Answering) -> None:
    finished(tmp_path, "base", method="zero-shot")
    file, out = tmp_path / "calls.jsonl", tmp_path / "out" / "all.jsonl"
    file.write_text("".join(json.dumps({"dialogue": f"A: {at}"}) + "\n" for at in range(6)))
    command = ("summarize", "base", file, "--to", out, "--workspace", tmp_path)
    answering(fails_after=2)
    broken = run(*command)
    assert broken.exit_code == 130 and "2 of 6 are in" in broken.stderr
    assert lines(out) == ["1", "2"]
    with out.open("a") as torn:
        torn.write('{"id": "3", "summ')
    calls = answering()
    again = run(*command)
    assert again.exit_code == 0 and "2 of 6" in again.stderr and "4 dialogues to go" in again.stderr
    assert [json.loads(line)["dialogue"] for line in calls[0]["input"]] == ["A: 2", "A: 3", "A: 4", "A: 5"]
    assert lines(out) == [str(at) for at in range(1, 7)]
    calls = answering()
    assert "nothing is left to do" in run(*command).stderr and calls == []
    with file.open("a") as more:
        more.write('{"dialogue": "A: new"}\n')
    run(*command)
    assert [json.loads(line)["dialogue"] for line in calls[0]["input"]] == ["A: new"]
    assert len(lines(out)) == 7


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda kept, items: ("other", kept[1], items), "another model"),
        (lambda kept, items: (kept[0], ["--beams", "2"], items), "other settings"),
        (lambda kept, items: (*kept, [Item("1", "A: changed"), *items[1:]]), "dialogues have changed"),
        (lambda kept, items: (*kept, items[:1]), "dialogues have changed"),
    ],
)
def test_what_has_changed_is_told(tmp_path: Path, change: Any, says: str) -> None:
    out, items, kept = tmp_path / "o.jsonl", [Item("1", "A: x"), Item("2", "B: y")], ("model", ["--beams", "4"])
    with Kept(out, *kept, items) as first:
        first.add(items[0], "So.")
    before = out.read_bytes()
    with pytest.raises(WorkspaceError, match=says), Kept(out, *change(kept, items)):
        pass
    assert out.read_bytes() == before
    with Kept(out, *kept, items) as again:
        assert again.done == 1


def test_a_file_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "o.jsonl"
    out.write_text("mine\n")
    with pytest.raises(WorkspaceError, match="not begun by"), Kept(out, "m", [], [Item("1", "x")]):
        pass
    assert out.read_text() == "mine\n"


def test_two_at_once_do_not_write_one_file(tmp_path: Path) -> None:
    out, items = tmp_path / "o.jsonl", [Item("1", "x")]
    with Kept(out, "m", [], items), pytest.raises(WorkspaceError, match="Another process"), Kept(out, "m", [], items):
        pass


@given(st.integers(0, 200))
def test_any_cut_is_continued_at_a_whole_line(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    out = tmp_path_factory.mktemp("cut") / "o.jsonl"
    items = [Item(str(at), f"A: {at}") for at in range(4)]
    with Kept(out, "m", [], items) as kept:
        for item in items:
            kept.add(item, "Sö.")
    whole = out.read_bytes()
    out.write_bytes(whole[:cut])
    with Kept(out, "m", [], items) as kept:
        assert kept.done == whole[:cut].count(b"\n")
        for item in items[kept.done :]:
            kept.add(item, "Sö.")
    assert out.read_bytes() == whole
