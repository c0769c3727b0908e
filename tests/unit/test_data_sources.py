"""Sources: files, folders and what is missing in them; every n-th row, then grouping, then limits."""

from __future__ import annotations

import csv
import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import builtin
from engine.data.examples import Splits
from engine.data.sources import Loaded, Table, absolute, assemble, is_hub_id, load, split_of
from engine.errors import DataError
from engine.spec import DataSpec

DIALOGSUM = Path(__file__).resolve().parents[3] / "shared" / "data" / "dialogsum"


def rows(split: str, many: int, references: int = 1) -> list[dict[str, str]]:
    return [
        {
            "id": f"{split}_{n}_{r}" if references > 1 else f"{split}_{n}",
            "dialogue": f"#Person1#: {split} {n}\n#Person2#: {{}}",
            "summary": f"{split} {n} {r}",
            "topic": "t",
        }
        for n in range(many)
        for r in range(1, references + 1)
    ]


def write(path: Path, given: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(given[0]))
            writer.writeheader()
            writer.writerows(given)
    elif path.suffix == ".parquet":
        pa = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        parquet.write_table(pa.Table.from_pylist(given), path)
    elif path.suffix == ".json":
        path.write_text(json.dumps(given), encoding="utf-8")
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in given), encoding="utf-8")
    return path


def folder(path: Path, suffix: str = ".jsonl", name: str = "{}") -> Path:
    write(path / f"{name.format('train')}{suffix}", rows("train", 6))
    write(path / f"{name.format('validation')}{suffix}", rows("dev", 3))
    write(path / f"{name.format('test')}{suffix}", rows("test", 4, references=3))
    return path


def sizes(splits: Splits) -> tuple[int, int, int]:
    return len(splits.train), len(splits.validation), len(splits.test)


def read(source: Path | str, **spec: Any) -> Loaded:
    return load(DataSpec(source=str(source), **spec))


def refused(source: Path | str, need_train: bool = False, **spec: Any) -> str:
    with pytest.raises(DataError) as caught:
        load(DataSpec(source=str(source), **spec), need_train=need_train)
    assert str(caught.value).isprintable()
    return str(caught.value)


# -- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train.jsonl", "train"), ("Training.csv", "train"), ("dialogsum.train.csv", "train"),
        ("train-00000-of-00002.parquet", "train"), ("train_sft.jsonl", "train"), ("my-data-valid.tsv", "validation"),
        ("val.json", "validation"), ("dev.jsonl", "validation"), ("test.0001.jsonl", "test"), ("test_7.jsonl", "test"),
        ("dialogs.jsonl", None), ("contest.jsonl", None), ("latest.csv", None), ("train-or-test.csv", None),
        ("a-test-b.csv", None),
    ],
)  # fmt: skip
def test_split_of(name: str, split: str | None) -> None:
    assert split_of(Path(name)) == split


@pytest.mark.parametrize("name", ["knkarthick/dialogsum", "samsum", "a/b-1.0_x", "org/llama-2.7b"])
def test_hub_ids(name: str) -> None:
    assert is_hub_id(name)
    assert absolute(name) == name
    assert "hub" in refused(name)


@pytest.mark.parametrize(
    "name",
    [
        "builtin",
        "./a/b",
        "/a/b",
        "~/a",
        "a/b/c",
        "a/b.jsonl",
        "train.CSV",
        "a/",
        "-a/b",
        "../a",
        "a b",
        "x--y/z",
        "a" * 5000,
    ],
)
def test_no_hub_ids(name: str) -> None:
    assert not is_hub_id(name)


def test_what_is_on_disk_is_no_hub_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_hub_id("acme/dialogs")
    folder(tmp_path / "acme" / "dialogs")
    assert not is_hub_id("acme/dialogs")
    assert absolute("acme/dialogs") == str(tmp_path.resolve() / "acme" / "dialogs")
    assert sizes(read("acme/dialogs").splits) == (6, 3, 4)
    assert absolute("builtin") == "builtin"


# -- files and folders ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "name"),
    [
        (".jsonl", "{}"),
        (".json", "{}"),
        (".csv", "dialogsum.{}"),
        (".parquet", "{}-00000-of-00001"),
        (".jsonl", "data/{}"),
    ],
)
def test_every_kind_of_folder_reads_the_same(tmp_path: Path, suffix: str, name: str) -> None:
    loaded = read(folder(tmp_path / "x", suffix, name))
    assert loaded.splits.fingerprint() == read(folder(tmp_path / "y")).splits.fingerprint()
    assert [example.id for example in loaded.splits.test] == ["test_0", "test_1", "test_2", "test_3"]
    assert loaded.splits.test[1].references == ("test 1 1", "test 1 2", "test 1 3")
    assert loaded.notices == ("The test split has 12 references for 4 dialogues.",)


def test_shards_are_read_in_order_and_every_counts_through_them(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "train.jsonl").unlink()
    whole = rows("train", 7)
    for number, part in enumerate((whole[:2], whole[2:3], whole[3:])):
        write(tmp_path / f"train-{number:05}-of-00003.jsonl", part)
    assert [e.id for e in read(tmp_path).splits.train] == [row["id"] for row in whole]
    assert [e.id for e in read(tmp_path, every=3).splits.train] == ["train_0", "train_3", "train_6"]
    assert "The train split was read from 3 files" in " ".join(read(tmp_path).notices)


def test_other_files_in_the_folder(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "README.md").write_text("x")
    (tmp_path / "._train.jsonl").write_bytes(b"\0\5")
    write(tmp_path / "extra.jsonl", rows("x", 1))
    assert sizes(read(tmp_path).splits) == (6, 3, 4)
    assert "Not read, for their names speak of no split: 'extra.jsonl'." in read(tmp_path).notices
    write(tmp_path / "train.csv", rows("train", 6))
    assert "the train split in more than one kind of file" in refused(tmp_path)


def test_a_single_file_is_divided_the_same_way_each_time(tmp_path: Path) -> None:
    path = write(tmp_path / "calls.jsonl", [*rows("call", 40), *rows("more", 10, references=2)])
    loaded = read(path)
    assert sizes(loaded.splits) == (40, 5, 5)
    assert any("were divided: 40 train, 5 validation, 5 test" in notice for notice in loaded.notices)
    assert read(path).splits == loaded.splits
    assert sizes(read(path, train=3, test=2).splits) == (3, 5, 2)
    assert read(path, train=3).splits.test == loaded.splits.test


def test_splits_that_are_missing(tmp_path: Path) -> None:
    folder(tmp_path / "a")
    (tmp_path / "a" / "validation.jsonl").unlink()
    assert "no validation split; nothing is evaluated" in " ".join(read(tmp_path / "a").notices)
    assert "validation" not in " ".join(read(tmp_path / "a", validation=0).notices)
    (tmp_path / "a" / "test.jsonl").unlink()
    assert "has no test split. It has only train" in refused(tmp_path / "a")
    assert sizes(read(tmp_path / "a", test=0).splits) == (6, 0, 0)
    only_test = write(tmp_path / "test.jsonl", rows("test", 3))
    assert sizes(read(only_test).splits) == (0, 0, 3)
    assert "has no train split. It has only test" in refused(only_test, need_train=True)
    assert sizes(load(DataSpec(source=str(only_test), train=0), need_train=True).splits) == (0, 0, 3)
    assert "too few to divide" in refused(write(tmp_path / "two.jsonl", rows("x", 2)))


def test_a_split_with_limit_0_is_not_read(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "train.jsonl").write_bytes(b"\xff\xfe broken")
    assert "UTF-16" in refused(tmp_path)
    assert sizes(read(tmp_path, train=0).splits) == (0, 3, 4)


def test_sources_that_are_not_there(tmp_path: Path) -> None:
    assert "There is no file or folder" in refused(tmp_path / "nothing.jsonl")
    assert "There is no file or folder" in refused("~nobody-here/x")
    assert "too long" in refused("/" + "a" * 5000)
    assert "has no files with dialogues in it" in refused(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "neither a file nor a folder" in refused(tmp_path / "pipe")
    write(tmp_path / "a.jsonl", rows("a", 3))
    write(tmp_path / "b.jsonl", rows("b", 3))
    assert "none says which split it is" in refused(tmp_path)


def test_columns_and_empty_references(tmp_path: Path) -> None:
    path = write(tmp_path / "test.csv", [{"Text": "d", "highlights": "s"}, {"Text": "e", "highlights": " "}])
    loaded = read(path)
    assert [(e.id, e.references) for e in loaded.splits.test] == [("test_0", ("s",))]
    assert "Columns guessed by name: dialogue from 'Text', summary from 'highlights'." in loaded.notices
    assert "1 empty reference left out of the test split." in loaded.notices
    assert read(path, columns={"dialogue": "highlights", "summary": "Text"}, every=2).splits.test[0].dialogue == "s"
    assert "no column 'speech'" in refused(path, columns={"dialogue": "speech"})
    nothing = write(tmp_path / "dev.jsonl", [{"dialogue": "d", "summary": None}])
    assert "has no row with a summary" in refused(nothing, test=0)


def test_lone_surrogates_do_no_harm_later(tmp_path: Path) -> None:
    path = tmp_path / "test.jsonl"
    path.write_text('{"id": "\\ud800", "dialogue": "a \\ud83d", "summary": "\\ude00 b", "topic": "\\udfff"}\n')
    (example,) = read(path).splits.test
    for text in (example.id, example.dialogue, *example.references, example.topic):
        assert text.encode()


# -- arithmetic -----------------------------------------------------------------------------------


@given(
    st.integers(1, 200), st.integers(1, 60), st.none() | st.integers(0, 80), st.lists(st.integers(0, 200), max_size=3)
)
def test_every_then_limit(many: int, every: int, limit: int | None, cuts: list[int]) -> None:
    whole = rows("train", many)
    edges = sorted({0, many, *(cut for cut in cuts if cut < many)})
    tables = [Table("x", whole[a:b]) for a, b in itertools.pairwise(edges)]
    spec = DataSpec(every=every, train="all" if limit is None else limit, test=0, validation=0)
    made = assemble({"train": tables}, spec, "x").splits.train
    assert [e.id for e in made] == [row["id"] for row in whole[::every][:limit]]


def test_the_courses_every_hundredth_row() -> None:
    tables = {
        "train": [Table("a", rows("train", 12_460))],
        "validation": [Table("b", rows("dev", 500))],
        "test": [Table("c", rows("test", 500, references=3))],
    }
    splits = assemble(tables, DataSpec(every=100), "x").splits  # type: ignore[arg-type]
    assert sizes(splits) == (125, 5, 15)
    assert all(len(example.references) == 1 for example in splits.test)


def test_the_whole_of_dialogsums_size_is_read(tmp_path: Path) -> None:
    big = [{**row, "dialogue": row["dialogue"] + " word" * 180} for row in rows("train", 12_460)]
    path = write(tmp_path / "train.jsonl", big)
    assert len(read(path, test=0).splits.train) == 12_460


# -- real dialogues -------------------------------------------------------------------------------


def test_the_built_in_dialogues() -> None:
    splits = load(DataSpec(), need_train=True).splits
    assert builtin.DIALOGUES.is_dir()
    assert all(sizes(splits))
    assert {len(example.references) for example in splits.train} == {1}
    assert {len(example.references) for example in splits.test} == {3}


@pytest.mark.skipif(not DIALOGSUM.is_dir(), reason=f"DialogSum is not at {DIALOGSUM}")
def test_dialogsum() -> None:
    splits = read(DIALOGSUM).splits
    assert sizes(splits) == (12_460, 500, 500)
    assert sum(len(example.references) for example in splits.test) == 1_500
    assert [splits.test[0].id, splits.test[-1].id] == ["test_0", "test_499"]
    assert sizes(read(DIALOGSUM, every=100).splits) == (125, 5, 15)
