"""``dialtune data``: the figures without the screen."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.ui import fake_data
from tui import dataset
from tui.cli import main


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return fake_data.write(Path("talks"))


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, ["data", *map(str, args)])


def test_the_table_and_what_it_says_below(source: Path) -> None:
    result = run(source)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert [line.split()[:3] for line in lines[1:4]] == [
        ["train", "40", "40"], ["validation", "8", "8"], ["test", "5", "15"],
    ]  # fmt: skip
    assert "validation dialogues that are in train: 1 exactly, 0 nearly." in lines
    assert "test dialogues that are in train: 0 exactly, 1 nearly." in lines
    assert "train dialogues that repeat an earlier one: 1 exactly, 0 nearly." in lines
    assert "data.exclude_leaked leaves 1 (exact) or 2 (near) of 40 training examples out." in lines
    assert "The test split has 15 references for 5 dialogues." in result.stderr


def test_json_has_everything(source: Path) -> None:
    found = json.loads(run(source, "--format", "json").stdout)
    assert [split["dialogues"] for split in found["splits"]] == [40, 8, 5]
    assert found["excludable"] == {"exact": 1, "near": 2}
    assert {"split": "validation", "other": "train", "exact": 1, "near": 0} in found["duplicates"]
    assert found["splits"][0]["words"]["most"] > found["splits"][0]["words"]["median"] > 0
    assert sum(topic["dialogues"] for topic in found["splits"][0]["topics"]) <= 40
    assert found["near"] == {"gram": 5, "least_percent": 50, "complete": True}


def test_pairs(source: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run(source, "--leakage", "--format", "csv").stdout)))
    assert [(r["kind"], r["split"], r["id"], r["other_split"], r["other_id"]) for r in rows] == [
        ("near", "test", "test_1", "train", "train_7"),
        ("exact", "validation", "dev_3", "train", "train_5"),
        ("exact", "train", "train_10", "train", "train_11"),
    ]
    assert 80 <= float(rows[0]["similarity"]) < 100 and "zebra" in rows[0]["dialogue"]
    md = run(source, "--leakage", "--format", "md").stdout
    assert md.count("\n| ") == 4 and "\x1b" not in md


def test_as_a_run_would_read_it(source: Path) -> None:
    found = json.loads(
        run(source, "--set", "data.exclude_leaked=near", "--set", "data.train=20", "--format", "json").stdout
    )
    assert [split["dialogues"] for split in found["splits"]] == [20, 8, 5]
    assert found["excluded"] == 2 and found["excludable"] == {"exact": 0, "near": 0}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nowhere.jsonl"], 3, "There is no file or folder"),
        (["--set", "train.epochs=2"], 2, "no part in what the data are"),
        (["--set", "data.evry=2"], 2, "data.every"),
        (["empty.csv"], 3, "empty"),
        (["talks", "--base", "./nothing"], 4, "no base"),
    ],
)
def test_errors_are_sentences(source: Path, arguments: list[str], code: int, says: str) -> None:
    Path("empty.csv").write_text("")
    result = run(*arguments)
    assert result.exit_code == code and says in result.stderr and result.stderr.count("dialtune: ") == 1
    assert result.stdout == ""


def test_the_commands_copied_from_the_screen_are_read_back() -> None:
    from engine import spec

    asked = spec.from_dict(
        {
            "method": "full",
            "data": {"source": "my talks/it's", "every": 3, "revision": "007", "config": "true", "train": "all"},
            "prompt": {"template": 'Sum "up"\n\n{dialogue}\t\\'}, "lora": {"targets": ["q", "k"]},
        }
    )  # fmt: skip
    words = dataset.command(asked, with_base=True)
    assert words[:4] == ["data", "my talks/it's", "--base", asked.base.name]
    sets = [words[at + 1] for at, word in enumerate(words) if word == "--set"]
    again = spec.from_dict(spec.nested(dict(map(spec.parse_override, sets)) | {"data.source": "my talks/it's"}))
    assert (again.data, again.prompt) == (asked.data, asked.prompt)
