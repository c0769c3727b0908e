"""Importing predictions: files, matching, names, and the folders that come of it."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.asking import Cancel, Cancelled
from engine.errors import DataError, DialtuneError, RunFailed, SpecError, WorkspaceError
from engine.importing import apart, making, plan
from engine.importing.plan import Plan
from engine.results.board import board
from engine.results.scoring import score_all
from engine.runs.events import Ended, Notice
from engine.runs.folder import IMPORTED, RunFolder
from engine.runs.workspace import Workspace
from engine.spec import DataSpec
from tests.unit import importing_material as made_up
from tests.unit.importing_material import THINGS, course, references, summary, write_csv, write_jsonl


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return made_up.data(tmp_path / "data")


def planned(
    file: Path, data: Path, *columns: str, name: str | None = None, by: Any = None, taken: tuple[str, ...] = ()
) -> Plan:
    known = [one for word in columns for one in (word, word.rpartition("=")[0])]
    material = plan.read(file, DataSpec(source=str(data)), known)
    return plan.plan(material, plan.asked_columns(material, columns, name, taken), by)


# -- matching -----------------------------------------------------------------------------------------


def test_rows_in_the_courses_form_are_matched_by_reference(tmp_path: Path, data: Path) -> None:
    made = planned(course(tmp_path / "out.csv"), data, name="ours")
    assert (made.match.by, made.match.column) == ("reference", "human_baseline_summaries")
    assert (made.match.matched, made.match.dialogues) == (36, 12)
    assert [model.name for model in made.models] == ["ours-full", "ours-lora"]
    assert made.models[1].summaries == {at: summary(at, "lora") for at in range(12)}
    said = " ".join(made.sentences())
    assert "All 36 rows matched by reference (column 'human_baseline_summaries') with 12 of 12 test dialogues" in said
    assert "3 rows a dialogue: each dialogue counts once" in said
    assert made.doubts() == []


def test_ids_lead_to_dialogues_whatever_their_column_is_called(tmp_path: Path, data: Path) -> None:
    rows = [{"Nr.": f"test_{at}_2", "answer": summary(at)} for at in reversed(range(12))]
    made = planned(write_jsonl(tmp_path / "gpt 4.jsonl", rows), data)
    assert (made.match.by, made.match.column) == ("id", "Nr.")
    assert [model.name for model in made.models] == ["gpt-4"]
    assert made.models[0].summaries == {at: summary(at) for at in range(12)}
    whole = [{"key": f"test_{at}", "answer": summary(at)} for at in range(12)]
    assert planned(write_jsonl(tmp_path / "b.jsonl", whole), data).match.by == "id"


def test_case_and_punctuation_of_a_reference_do_not_matter(tmp_path: Path, data: Path) -> None:
    rows = [(references(at)[1].upper().rstrip(".") + " !", summary(at)) for at in (5, 2, 9)]
    made = planned(write_csv(tmp_path / "o.csv", ("gold", "said"), rows), data)
    assert made.match.by == "reference" and made.match.places == (5, 2, 9)
    assert "9 test dialogues without a summary: not scored." in made.doubts()


def test_dialogues_themselves_are_matched(tmp_path: Path, data: Path) -> None:
    rows = [(made_up.dialogue(at), summary(at)) for at in (4, 3)]
    made = planned(write_csv(tmp_path / "o.csv", ("text", "said"), rows), data)
    assert made.match.by == "dialogue" and made.match.places == (4, 3)


def test_a_text_is_matched_by_order_a_line_a_dialogue_or_a_line_a_reference(tmp_path: Path, data: Path) -> None:
    file = tmp_path / "out.txt"
    file.write_text("".join(f"{summary(at)}\r\n" for at in range(12)))
    made = planned(file, data)
    assert made.match.by == "order" and made.models[0].summaries[11] == summary(11)
    assert [model.name for model in made.models] == ["out"]
    file.write_text("".join(f"{summary(at)}\n" * 3 for at in range(12)))
    assert planned(file, data).models[0].summaries == {at: summary(at) for at in range(12)}
    file.write_text("\n".join(summary(at) for at in range(11)))
    with pytest.raises(DataError, match=r"11 rows, and the test split 12 dialogues with 36 references"):
        planned(file, data)


def test_a_wrong_order_is_doubted(tmp_path: Path, data: Path) -> None:
    file = tmp_path / "out.txt"
    file.write_text("\n".join(f"The {THINGS[(at + 5) % 12]} matters." for at in range(12)))
    made = planned(file, data)
    assert not made.models[0].plausible and "is this the right match" in made.doubts()[0]


def test_the_way_asked_for_is_taken_or_refused(tmp_path: Path, data: Path) -> None:
    file = course(tmp_path / "out.csv")
    assert planned(file, data, by="order").match.by == "order"
    with pytest.raises(DataError, match="No column holds the ids of the test split"):
        planned(file, data, by="id")
    other = write_csv(tmp_path / "o.csv", ("a", "b"), [("x y", "z"), ("u v", "w")])
    with pytest.raises(DataError, match="cannot be matched"):
        planned(other, data)


def test_rows_that_match_nothing_are_named(tmp_path: Path, data: Path) -> None:
    rows = [*((f"test_{at}", summary(at)) for at in range(12)), ("test_99", "Nobody."), ("", "Nothing.")]
    made = planned(write_csv(tmp_path / "o.csv", ("id", "said"), rows), data)
    assert "2 rows left out, for no dialogue fits: 13, 14." in made.doubts()


def test_summaries_that_differ_within_a_dialogue_are_never_taken_silently(tmp_path: Path, data: Path) -> None:
    rows = [(references(at)[n], f"{summary(at)} {n if at == 3 else ''}") for at in range(12) for n in range(3)]
    made = planned(write_csv(tmp_path / "o.csv", ("human", "said"), rows), data)
    assert made.models[0].differing == 1 and made.models[0].summaries[3].endswith(" 0")
    assert any("different summaries for the same dialogue in 1 case: the first is taken" in d for d in made.doubts())


def test_missing_and_empty_summaries_are_told(tmp_path: Path, data: Path) -> None:
    rows: list[dict[str, object]] = [{"id": f"test_{at}", "a": summary(at), "b": summary(at)} for at in range(12)]
    rows[2] |= {"a": None, "b": "  "}
    made = planned(write_jsonl(tmp_path / "o.jsonl", rows), data)
    assert "'a' has no summary of 1 dialogue." in made.doubts() and "'b' has 1 empty summary." in made.doubts()


def test_a_text_that_several_dialogues_share_is_taken_in_order(tmp_path: Path) -> None:
    source = tmp_path / "data"
    source.mkdir()
    rows = [
        {"id": f"t{at}", "dialogue": f"Ana: {THINGS[at]}", "summary": "They greet." if at in (1, 4) else THINGS[at]}
        for at in range(6)
    ]
    write_jsonl(source / "test.jsonl", rows)
    file = write_csv(
        tmp_path / "o.csv", ("human", "said"), [(row["summary"], f"it is {at}") for at, row in enumerate(rows)]
    )
    made = planned(file, source)
    assert made.match.places == (0, 1, 2, 3, 4, 5) and made.match.doubtful == 2
    assert any("2 rows would fit more than one dialogue" in doubt for doubt in made.doubts())


def test_two_ways_that_disagree_are_told(tmp_path: Path, data: Path) -> None:
    rows = [(f"test_{(at + 1) % 12}", references(at)[0], summary(at)) for at in range(12)]
    made = planned(write_csv(tmp_path / "o.csv", ("id", "human", "said"), rows), data)
    assert "12 rows would belong to another dialogue by reference." in made.doubts()
    assert not made.models[0].plausible


# -- columns and names ----------------------------------------------------------------------------


def test_columns_are_chosen_and_named(tmp_path: Path, data: Path) -> None:
    file = course(tmp_path / "o.csv")
    made = planned(file, data, "lora_model_summaries=r8", "full_model_summaries", name="mine")
    assert [(m.column, m.name) for m in made.models] == [
        ("lora_model_summaries", "r8"), ("full_model_summaries", "mine-full"),
    ]  # fmt: skip
    assert [m.name for m in planned(file, data, "lora_model_summaries", name="x").models] == ["x"]
    assert [m.name for m in planned(file, data, "lora_model_summaries", taken=("o", "o-2")).models] == ["o-3"]
    with pytest.raises(DataError, match="has no column 'nope'"):
        planned(file, data, "nope")
    with pytest.raises(SpecError, match="both be called"):
        planned(file, data, "lora_model_summaries=x", "full_model_summaries=x")
    with pytest.raises(DataError, match=r"has no column of summaries. 'id' holds ids, and no other"):
        planned(write_csv(tmp_path / "n.csv", ("id", "score"), [(f"test_{at}", at / 7) for at in range(12)]), data)


def test_a_column_name_may_have_an_equals_sign(tmp_path: Path, data: Path) -> None:
    file = write_csv(tmp_path / "o.csv", ("id", "r=8"), [(f"test_{at}", summary(at)) for at in range(12)])
    assert [(m.column, m.name) for m in planned(file, data, "r=8").models] == [("r=8", "o")]
    assert [(m.column, m.name) for m in planned(file, data, "r=8=eight").models] == [("r=8", "eight")]


def test_what_cannot_be_a_summary_is_said(tmp_path: Path, data: Path) -> None:
    rows = [{"id": f"test_{at}", "said": ["a", "list"], "good": summary(at)} for at in range(12)]
    file = write_jsonl(tmp_path / "o.jsonl", rows)
    with pytest.raises(DataError, match=r"cannot hold summaries. In row 1 .* a list"):
        planned(file, data, "said")
    assert [m.column for m in planned(file, data).models] == ["good"]


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        (["original_model_summaries", "peft_model_summaries"], ["original", "peft"]),
        (["model a", "model b"], ["a", "b"]),
        (["客服", "顾客"], ["imported-1", "imported-2"]),
        (["x", "x!"], ["x-1", "x-2"]),
    ],
)
def test_names_say_what_sets_columns_apart(columns: list[str], names: list[str]) -> None:
    assert plan.apart(columns) == names


# -- what comes of it -----------------------------------------------------------------------------


def imported(tmp_path: Path, data: Path, **more: Any) -> tuple[Workspace, list[RunFolder]]:
    place = Workspace(tmp_path / "runs")
    return place, making.make(planned(course(tmp_path / "out.csv"), data, name="m"), place, **more)


def test_an_imported_model_is_a_finished_run_with_the_scores_of_its_summaries(tmp_path: Path, data: Path) -> None:
    place, runs = imported(tmp_path, data)
    assert sorted(run.name for run in place.runs()) == ["m-full", "m-lora"]
    run = runs[1]
    assert run.status().state == "finished" and run.imported
    predictions = list(run.predictions().values())
    assert [p.id for p in predictions] == [f"test_{at}" for at in range(12)]
    expected = score_all(
        [summary(at, "lora") for at in range(12)],
        [references(at) for at in range(12)],
        [made_up.dialogue(at) for at in range(12)],
    )
    assert [p.scores for p in predictions] == [one.scores for one in expected]
    assert predictions[0].references == references(0) and predictions[0].topic == "things"
    record = run.import_record()
    assert (record["column"], record["by"], record["rows"], record["dialogues"]) == (
        "lora_model_summaries",
        "reference",
        36,
        12,
    )
    assert len(record["sha256"]) == 64 and record["file"] == str(tmp_path / "out.csv")
    row = board(runs).rows[1]
    assert (row["run"], row["method"], row["data"], row["dialogues"], row["references"]) == (
        "m-lora",
        "imported",
        str(data),
        12,
        36,
    )
    from engine.data.sources import load

    assert run.manifest()["data"]["fingerprint"] == load(DataSpec(source=str(data))).splits.fingerprint()
    events = list(run.events())
    assert isinstance(events[-1], Ended) and any(
        isinstance(e, Notice) and "matched by reference" in e.text for e in events
    )


def test_imports_are_all_there_or_not_at_all(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, _ = imported(tmp_path, data)
    before = sorted(path.name for path in place.path.iterdir())
    with pytest.raises(WorkspaceError, match="already a run called m-full"):
        imported(tmp_path, data)
    made = planned(course(tmp_path / "out.csv"), data, name="n")
    fill, calls = making._fill, []

    def failing(*values: Any) -> None:
        calls.append(values)
        fill(*values)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(making, "_fill", failing)
    with pytest.raises(WorkspaceError, match="No space left"):
        making.make(made, place)
    assert sorted(path.name for path in place.path.iterdir()) == before
    twice = replace(made, models=(made.models[0], replace(made.models[1], name=made.models[0].name)))
    with pytest.raises(WorkspaceError, match="both be called"):
        making.make(twice, place)
    with pytest.raises(WorkspaceError, match="cannot be called"):
        making.make(replace(made, models=(replace(made.models[0], name="../up"),)), place)


def test_a_name_taken_at_the_last_moment_leaves_nothing_behind(tmp_path: Path, data: Path) -> None:
    place = Workspace(tmp_path / "runs")

    def take(run: RunFolder) -> None:
        (run.path / "spec.toml").touch()
        (place.path / "b").mkdir()

    with pytest.raises(WorkspaceError, match="already a run called b"):
        place.adopt({"a": lambda run: (run.path / "spec.toml").touch(), "b": take})
    assert [path.name for path in place.path.iterdir()] == ["b"]


def test_an_import_can_be_stopped(tmp_path: Path, data: Path) -> None:
    cancel = Cancel()
    cancel()
    with pytest.raises(Cancelled):
        imported(tmp_path, data, cancel=cancel)
    assert not (tmp_path / "runs").exists()


def test_a_scorer_that_breaks_off_is_told(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_line", lambda pair: "[]\n")
    with pytest.raises(RunFailed):
        imported(tmp_path, data)
    assert not (tmp_path / "runs").exists()


def test_imported_models_are_kept_like_runs_and_refused_where_a_model_is_needed(tmp_path: Path, data: Path) -> None:
    from engine import launch
    from engine.forecast import past
    from engine.results.facts import facts

    place, _ = imported(tmp_path, data)
    run = place.rename("m-lora", "lora")
    assert run.imported and json.loads((run.path / IMPORTED).read_text())["by"] == "reference"
    run.write_remarks(replace(run.remarks(), archived=True))
    assert [other.name for other in place.runs(archived=False)] == ["m-full"]
    for work in (run.spec, lambda: launch.start(run, resume=True), lambda: run.refuse_imported("asked")):
        with pytest.raises(WorkspaceError, match="summaries were imported"):
            work()
    assert past.read(run) is None
    found = facts(run)
    assert (found["method"], found["differences"], found["imported"]["rows"]) == ("imported", {}, 36)
    assert place.delete("lora") > 0 and place.delete("m-full") > 0
    assert list(place.path.iterdir()) == []


# -- bad files ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("o.csv", b"", "is empty"),
        ("o.txt", b" \n\n ", "is empty"),
        ("o.csv", b"id,said\n", "has no rows"),
        ("o.csv", b'id,said\n1,"never closed\n', "not valid CSV"),
        ("o.csv", b"id,said\n1,2,3\n", "3 fields, but the header has 2"),
        ("o.jsonl", b'{"id": 1}\n{"id": ', "not valid JSON: line 2"),
        ("o.jsonl", b"[" * 100_000, "not valid JSON"),
        ("o.jsonl", b'[1, "a"]', "is no JSON object"),
        ("o.parquet", b"PAR1 torn", "not valid Parquet"),
        ("o.txt", "é".encode("latin-1"), "Latin-1"),
        ("o.txt", "a summary\n".encode("utf-16"), "UTF-16"),
        ("o.csv", b"id\0,said\n", "NUL"),
        ("o.zip", b"PK\x03\x04\x00\xff", "compressed"),
        ("o.jsonl", b"{}\n{}\n", "has no columns"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_told_in_a_sentence(
    tmp_path: Path, data: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        planned(tmp_path / name, data)
    assert words in str(caught.value)


def test_what_is_no_file_is_told(tmp_path: Path, data: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, words in (
        (tmp_path / "nothing.csv", "There is no file"), (tmp_path, "is a folder"),
        (tmp_path / "pipe", "no ordinary file"), (Path("a\0b"), "cannot be read"), (Path("x" * 5000), "cannot be read"),
    ):  # fmt: skip
        with pytest.raises(DataError, match=words):
            planned(path, data)
    with pytest.raises(DialtuneError, match="There is no file or folder"):
        planned(course(tmp_path / "o.csv"), tmp_path / "nowhere.jsonl")


def test_a_line_of_megabytes_and_separators_inside_of_it_are_one_summary(tmp_path: Path, data: Path) -> None:
    lines = [summary(at) for at in range(12)]
    lines[3] = "piano\u2028\x0b\x85 " + "lesson " * 400_000
    (tmp_path / "o.txt").write_text("\n".join(lines))
    made = planned(tmp_path / "o.txt", data)
    assert made.models[0].summaries[3] == lines[3]
    assert all(len(line) < 400 for line in made.sentences())
