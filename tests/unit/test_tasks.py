"""The tasks there are, what each says of itself, and what a spec may ask of it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from engine import builtin, presets, spec, tasks
from engine.builtin import opinions
from engine.data import sources
from engine.errors import DataError, SpecError
from engine.spec import ColumnsSpec, DataSpec
from engine.spec.sections import Section
from engine.tasks import Task

CLASSES = tasks.named("classification")


def write(folder: Path, name: str, text: str) -> str:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder)


class TestTasks:
    def test_summarisation_is_the_usual_one(self) -> None:
        assert tasks.named().name == tasks.every()[0].name == "summarisation"
        assert spec.from_dict({}).task == "summarisation"
        assert spec.from_toml("method = 'full'").task == "summarisation"  # of a run from before there were tasks

    @pytest.mark.parametrize("task", tasks.every(), ids=lambda task: task.name)
    def test_a_task_is_whole(self, task: Task) -> None:
        known = {name for name, _ in spec.fields(ColumnsSpec)}
        assert {task.source.name, task.target.name} <= known
        assert task.base.is_dir() and all((task.data / f"{name}.jsonl").is_file() for name in ("train", "test"))
        assert task.main.stops and task.stop_metrics[0] == "loss"
        head = Path(builtin.__file__).parent.parent / "worker" / "heads" / f"{task.head}.py"
        assert head.is_file()

    def test_unknown_ones(self) -> None:
        assert tasks.of("translation") is None
        with pytest.raises(SpecError, match="nearest is classification"):
            tasks.named("classificaton")

    def test_need_no_training_stack(self) -> None:
        code = "import sys, engine.tasks as t; t.every(); print(sorted({m.split('.')[0] for m in sys.modules}))"
        found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        assert not {"torch", "transformers", "numpy", "pydantic"} & set(ast.literal_eval(found))


class TestSpecs:
    def test_a_metric_belongs_to_its_task(self) -> None:
        found = spec.from_dict({"task": "classification", "method": "full", "train": {"metric": "macro_f1"}})
        assert spec.from_toml(spec.to_toml(found)) == found
        for task, metric in (("classification", "rouge1"), ("summarisation", "accuracy")):
            with pytest.raises(SpecError, match=f"train.metric {metric} is no figure of task {task}"):
                spec.from_dict({"task": task, "train": {"metric": metric}})

    def test_unknown_tasks_are_answered_with_the_known_ones(self) -> None:
        with pytest.raises(SpecError, match="allowed: summarisation or classification"):
            spec.from_dict({"task": "sentiment"})

    def test_presets(self) -> None:
        found = {name: spec.from_dict({"preset": name}) for name in presets.PRESETS}
        named = {name for name, one in found.items() if one.task == "classification"}
        assert named == {"demo-texts", "demo-texts-lora", "tweets-full", "tweets-lora"}
        assert found["tweets-lora"].lora.targets == ("c_attn",)

    def test_columns_of_every_task_are_fields(self) -> None:
        assert issubclass(ColumnsSpec, Section)
        assert spec.from_dict({"data": {"columns": {"text": "t", "label": "l"}}}).data.columns.label == "l"


class TestData:
    def load(self, source: str, **fields: object) -> sources.Loaded:
        return sources.load(DataSpec(source=source, **fields), need_train=True, need_test=False, task=CLASSES)  # type: ignore[arg-type]

    def test_names_come_before_numbers(self, tmp_path: Path) -> None:
        where = write(tmp_path / "d", "train.csv", "id,text,label,label_text\na,fine,2,positive\nb,bad,0,negative\n")
        found = self.load(where, validation=0)
        assert [e.references for e in found.splits.train] == [("positive",), ("negative",)]
        assert found.splits.train[0].topic == "positive"
        assert "label from 'label_text'" in found.notices[0]

    def test_labels_are_text_or_numbers(self, tmp_path: Path) -> None:
        lines = '{"text": "a", "label": 3}\n{"text": "b", "label": 1.0}\n{"text": "c", "label": true}\n'
        found = self.load(
            write(tmp_path / "d", "train.jsonl", lines + '{"text": "d", "label": " x  y "}\n'), validation=0
        )
        assert [e.references[0] for e in found.splits.train] == ["3", "1", "true", "x y"]
        with pytest.raises(DataError, match=r"The label there is a list, not one label"):
            self.load(write(tmp_path / "e", "train.jsonl", '{"text": "a", "label": ["x"]}\n'), validation=0)

    def test_an_empty_text_is_told_and_kept(self, tmp_path: Path) -> None:
        found = self.load(write(tmp_path / "d", "train.csv", "text,label\n,x\nb,y\n"), validation=0)
        assert found.splits.train[0].dialogue == ""
        assert any("1 train text is empty" in text for text in found.notices)
        with pytest.raises(DataError, match="empty dialogue"):
            sources.load(DataSpec(source=str(tmp_path / "d"), validation=0, test=0))

    def test_a_text_that_occurs_twice_is_two_examples(self, tmp_path: Path) -> None:
        found = self.load(
            write(tmp_path / "d", "train.csv", "id,text,label\na_1,b,x\na_2,b,y\na_2,b,x\n"), validation=0
        )
        assert [e.id for e in found.splits.train] == ["a_1", "a_2", "a_2-2"]

    def test_validation_is_held_out_of_training_where_there_is_none(self, tmp_path: Path) -> None:
        rows = "".join(f"text {n},{n % 2}\n" for n in range(50))
        where = write(tmp_path / "d", "train.csv", "text,label\n" + rows + "text 7,1\n")
        write(tmp_path / "d", "test.csv", "text,label\nzz,1\n")
        found, again = self.load(where), self.load(where)
        assert found.splits == again.splits
        train, held = ({e.dialogue for e in part} for part in (found.splits.train, found.splits.validation))
        assert len(held) == 5 and not train & held
        assert any("of its training texts are held out" in text for text in found.notices)
        assert not self.load(where, validation=0).splits.validation

    def test_missing_columns_name_the_setting(self, tmp_path: Path) -> None:
        where = write(tmp_path / "d", "train.csv", "text,x1\na,b\n")
        with pytest.raises(DataError, match=r"data\.columns\.label=NAME"):
            self.load(where)
        found = self.load(where, columns=ColumnsSpec(label="x1"), validation=0)
        assert found.splits.train[0].references == ("b",)


class TestBuiltin:
    def test_files_are_what_the_script_makes(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert opinions.main(["--check"]) == 0, capsys.readouterr().err

    def test_no_text_is_in_two_splits(self) -> None:
        built = opinions.build()
        texts = [row["text"] for rows in built.values() for row in rows]
        assert len(texts) == len({text.casefold() for text in texts})
        assert {row["label"] for rows in built.values() for row in rows} == {"negative", "neutral", "positive"}
        assert texts.count("") == 1

    def test_loads(self) -> None:
        found = sources.load(DataSpec(), need_train=True, task=CLASSES)
        assert [len(found.splits.train), len(found.splits.validation), len(found.splits.test)] == [500, 100, 200]
