"""Events and files: nothing is half-read, nothing that is read can raise, nothing that is said can break a worker."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.runs.events import (
    KINDS,
    Checkpoint,
    DeviceReading,
    Ended,
    Evaluation,
    Event,
    Notice,
    Phase,
    Progress,
    Resources,
    Resumed,
    Sample,
    Scored,
    TrainStep,
    decode,
    encode,
)  # fmt: skip
from engine.runs.files import VERSION, LineCursor, append_lines, read_json, write_atomic, write_json

on_disk = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)

AWKWARD = 'a\nb\r\n\u2028\u2029\x85\x00\x1b[31m[red]\ud83d\ude00 é \\ud800 \\n " '
whole = st.integers(min_value=0, max_value=2**53)
number = st.floats(allow_nan=False, allow_infinity=False)
text = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ["\n", "\u2028", "\u2029", "\x85", "\\ud800"]
)
hostile = st.text(st.characters()) | st.just(AWKWARD)  # lone surrogates too
phase = st.sampled_from(["loading", "tokenising", "training", "evaluating", "decoding", "scoring", "saving"])
figures = st.dictionaries(text, number, max_size=4)
reading = st.builds(
    DeviceReading, index=whole, name=text, memory_total=whole, memory_used=whole,
    process_memory=st.none() | whole, utilization=st.none() | number, power=st.none() | number,
)  # fmt: skip


def events(words: st.SearchStrategy[str]) -> st.SearchStrategy[Event]:
    figures = st.dictionaries(words, number, max_size=4)
    return st.one_of(
        st.builds(Phase, name=phase, total=whole, unit=words, time=number),
        st.builds(Progress, phase=phase, done=whole, total=whole, eta=st.none() | number, time=number),
        st.builds(
            TrainStep, step=whole, epoch=number, loss=number, learning_rate=number, grad_norm=st.none() | number,
            samples_per_second=number, tokens_per_second=number, time=number,
        ),
        st.builds(Evaluation, step=whole, epoch=number, metrics=figures, best=st.booleans(), time=number),
        st.builds(Sample, step=whole, example=words, summary=words, time=number),
        st.builds(Notice, level=st.sampled_from(["info", "warning", "error"]), code=words, text=words, time=number),
        st.builds(Checkpoint, step=whole, path=words, time=number),
        st.builds(Resumed, step=whole, time=number),
        st.builds(
            Resources, cpu_percent=number, process_cpu_percent=number, process_memory=whole, memory_used=whole,
            memory_total=whole, devices=st.lists(reading, max_size=3).map(tuple), time=number,
        ),
        st.builds(Scored, metrics=figures, time=number),
        st.builds(Ended, state=words, reason=words, time=number),
    )  # fmt: skip


class TestEvents:
    def test_every_kind_is_tried_here(self) -> None:
        made: set[type[Event]] = {
            Phase,
            Progress,
            TrainStep,
            Evaluation,
            Sample,
            Notice,
            Checkpoint,
            Resumed,
            Resources,
            Scored,
            Ended,
        }
        assert set(KINDS.values()) == made
        assert all(KINDS[kind.kind] is kind for kind in made)

    @settings(max_examples=300, deadline=None)
    @given(events(text))
    def test_round_trip(self, event: Event) -> None:
        line = encode(event)
        assert line.endswith("\n")
        assert line.count("\n") == 1
        assert decode(line) == event

    @on_disk
    @given(events(hostile))
    def test_any_text_gets_through_a_file(self, tmp_path: Path, event: Event) -> None:
        path = tmp_path / "events.jsonl"
        path.unlink(missing_ok=True)
        append_lines(path, [encode(event), encode(Ended("finished"))])
        first, last = LineCursor(path).read()
        assert isinstance(decode(last), Ended)
        found = decode(first)
        assert type(found) is type(event)
        repr(found).encode()  # whatever it was, it can now be written to a terminal
        json.dumps(dataclasses.asdict(found), ensure_ascii=False).encode()

    def test_a_lone_surrogate_is_replaced_and_a_pair_joined(self, tmp_path: Path) -> None:
        append_lines(tmp_path / "e", [encode(Sample(1, "x\ud800y", "\ud83d\ude00"))])
        (line,) = LineCursor(tmp_path / "e").read()
        found = decode(line)
        assert isinstance(found, Sample)
        assert (found.example, found.summary) == ("x\ufffdy", "\U0001f600")

    def test_an_escaped_lone_surrogate_from_elsewhere(self) -> None:
        found = decode('{"kind": "ended", "state": "failed", "reason": "\\ud800!"}')
        assert isinstance(found, Ended)
        assert found.reason == "\ufffd!"

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
    def test_what_is_not_finite_is_refused(self, value: float) -> None:
        with pytest.raises(ValueError):
            encode(Scored({"rouge1": value}))
        assert decode(f'{{"kind": "scored", "metrics": {{"rouge1": {json.dumps(value)}}}}}') is None

    def test_unknown_fields_are_skipped(self) -> None:
        values = json.loads(encode(Resources(1.0, 2.0, 3, 4, 5, (DeviceReading(0, "gpu", 1, 1),), time=6.0)))
        values["new"] = {"x": 1}
        values["devices"][0]["fan"] = 30
        assert decode(json.dumps(values)) == Resources(1.0, 2.0, 3, 4, 5, (DeviceReading(0, "gpu", 1, 1),), time=6.0)

    @pytest.mark.parametrize(
        "line",
        [
            "", "{", "null", "[]", '"train"', "{}", '{"kind": "from-the-future"}', '{"kind": []}', '{"kind": null}',
            '{"kind": "train"}', '{"kind": "train", "step": 1}', '{"kind": "phase", "name": "dancing"}',
            '{"kind": "resources", "devices": 3}', '{"kind": "scored", "metrics": "high"}',
            '{"kind": "scored", "metrics": {"rouge1": "high"}}', '{"kind": "scored", "metrics": {"rouge1": 1e999}}',
            '{"kind": "checkpoint", "step": true, "path": "x"}', '{"kind": "checkpoint", "step": "1", "path": "x"}',
            '{"kind": "checkpoint", "step": 1, "path": 2}', '{"kind": "scored", "metrics": {"a": 1' + "0" * 400 + "}}",
            '{"kind": "scored", "metrics": {"a": ' + "1" * 5000 + "}}", "[" * 100_000, '{"a":' * 100_000,
            '{"kind": "ended", "state": "x", "more": ' + "[" * 900 + '"\\ud800"' + "]" * 900 + "}!",
            '["\\ud800", ' + "[" * 900 + "]" * 900 + "]", "\x00" * 50,
        ],
        ids=lambda line: line[:40],
    )  # fmt: skip
    def test_damaged_and_foreign_lines_are_none(self, line: str) -> None:
        assert decode(line) is None

    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_no_json_at_all_raises(self, data: st.DataObject) -> None:
        plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
        values = plain | st.lists(plain, max_size=2) | st.dictionaries(st.text(max_size=3), plain, max_size=2)
        kind = data.draw(st.sampled_from(sorted(KINDS)) | st.text())
        names = [f.name for f in dataclasses.fields(KINDS[kind])] if kind in KINDS else ["x"]
        line = json.dumps({"kind": kind, **{name: data.draw(values) for name in names}})
        found = decode(line)
        assert found is None or type(found) is KINDS[kind]

    @given(st.text() | st.binary().map(lambda data: data.decode("utf-8", "replace")))
    def test_garbage_never_raises(self, line: str) -> None:
        assert decode(line) is None


class TestLineCursor:
    @on_disk
    @given(st.lists(st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"")), max_size=8), st.data())
    def test_whole_lines_once_each_whatever_the_split(
        self, tmp_path: Path, lines: list[bytes], data: st.DataObject
    ) -> None:
        path = tmp_path / "growing"
        path.write_bytes(b"")
        content = b"".join(line + b"\n" for line in lines) + data.draw(st.binary(max_size=5)).replace(b"\n", b"")
        cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=6)))
        cursor = LineCursor(path, chunk=data.draw(st.integers(1, 9)))
        found: list[str] = []
        for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True):
            with path.open("ab") as file:
                file.write(content[start:end])
            found += cursor.read()
            there = content[:end].count(b"\n")
            assert len(found) == there, "torn or lost"
        assert found == [line.decode("utf-8", "replace") for line in lines]
        assert list(cursor.read()) == []

    def test_only_newlines_end_lines(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_bytes("a\rb\u2028c\x85d\x0c\ne\n".encode())
        assert list(LineCursor(tmp_path / "f").read()) == ["a\rb\u2028c\x85d\x0c", "e"]

    def test_lines_that_were_not_taken_are_read_again(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_text("a\nb\nc\n")
        cursor = LineCursor(tmp_path / "f")
        assert next(cursor.read()) == "a"
        assert list(cursor.read()) == ["b", "c"]

    def test_a_shorter_file_is_read_anew(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_text("one\ntwo\n")
        cursor = LineCursor(tmp_path / "f")
        assert list(cursor.read()) == ["one", "two"]
        (tmp_path / "f").write_text("new\n")
        assert list(cursor.read()) == ["new"]

    def test_missing_vanishing_and_odd_files_have_no_lines(self, tmp_path: Path) -> None:
        cursor = LineCursor(tmp_path / "f")
        assert list(cursor.read()) == []
        (tmp_path / "f").write_text("a\n")
        assert list(cursor.read()) == ["a"]
        (tmp_path / "f").unlink()
        (tmp_path / "f").mkdir()
        assert list(cursor.read()) == []
        assert list(LineCursor(tmp_path / "f" / "x").read()) == []
        (tmp_path / "file").touch()
        assert list(LineCursor(tmp_path / "file" / "x").read()) == []


class TestAppend:
    def test_a_torn_line_is_closed_first(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_bytes(b'{"kind": "sam')
        append_lines(tmp_path / "f", ["next\n"])
        assert list(LineCursor(tmp_path / "f").read()) == ['{"kind": "sam', "next"]

    @on_disk
    @given(st.binary(max_size=20), st.lists(hostile.map(lambda line: line.replace("\n", "")), max_size=4))
    def test_what_is_appended_stands_on_lines_of_its_own(self, tmp_path: Path, torn: bytes, lines: list[str]) -> None:
        (tmp_path / "f").write_bytes(torn)
        append_lines(tmp_path / "f", [line + "\n" for line in lines])
        found = list(LineCursor(tmp_path / "f").read())
        wanted = [line.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for line in lines]
        assert found[len(found) - len(lines) :] == wanted

    def test_a_write_in_parts_is_completed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write = os.write
        monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
        append_lines(tmp_path / "f", ["0123456789\n"])
        assert (tmp_path / "f").read_text() == "0123456789\n"


class TestAtomic:
    @pytest.mark.parametrize("step", ["fsync", "replace"])
    def test_a_failure_leaves_the_old_file_and_nothing_else(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        write_atomic(tmp_path / "f", "old")

        def full(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os if step == "fsync" else Path, step, full)
        with pytest.raises(OSError, match="No space"):
            write_atomic(tmp_path / "f", "new")
        assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("f", "old")]

    @on_disk
    @given(hostile)
    def test_any_text_can_be_written(self, tmp_path: Path, words: str) -> None:
        write_json(tmp_path / "f", {"words": words})
        assert read_json(tmp_path / "f") == {
            "version": VERSION,
            "words": words.encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
        }

    def test_nan_is_refused_and_the_old_file_stays(self, tmp_path: Path) -> None:
        write_json(tmp_path / "f", {"a": 1})
        with pytest.raises(ValueError):
            write_json(tmp_path / "f", {"a": float("nan")})
        assert read_json(tmp_path / "f") == {"version": VERSION, "a": 1}

    @pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"3", b"\xff\xfe", b"[" * 100_000, b'{"a": NaN}'])
    def test_reading_what_is_no_object(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "f").write_bytes(content)
        assert read_json(tmp_path / "f") == {}
        assert read_json(tmp_path) == {}
        assert read_json(tmp_path / "none") == {}


def test_what_a_full_disk_takes_in_part_is_not_there_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, plain, calls = tmp_path / "events.jsonl", os.write, []
    append_lines(path, ["one\n"])

    def write(descriptor: int, data: memoryview) -> int:
        calls.append(len(data))
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return plain(descriptor, bytes(data[:6]) if len(calls) == 1 else data)

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(OSError, match="No space"):
        append_lines(path, ["two\n", "three\n"])
    assert path.read_text() == "one\n"
    append_lines(path, ["two\n", "three\n"])
    assert path.read_text() == "one\ntwo\nthree\n"
