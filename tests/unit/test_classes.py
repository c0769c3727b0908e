"""What labels score, against figures worked out by hand and with numpy alone; boards, queries and commands of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import SpecError
from engine.results import board, classboard, classes, facts
from engine.results.query import LABELS as LABELS_HELP
from engine.results.query import QueryError, complete, parse, run_query
from engine.results.rows import open_rows
from engine.results.statistics import estimate_of
from tests.unit.label_runs import LABELS, labelled
from tests.unit.run_factory import finished
from tui.cli import main

GOLD = ["a", "a", "a", "b", "b", "c"]
SAID = ["a", "a", "b", "b", "a", "b"]


class TestFigures:
    def test_by_hand(self) -> None:
        table = classes.confusion(GOLD, SAID, ("a", "b", "c"))
        assert table.counts == ((2, 1, 0), (1, 1, 0), (0, 1, 0))
        assert table.accuracy == pytest.approx(3 / 6)
        a, b, c = table.of_labels
        assert (a.precision, a.recall, a.f1, a.support) == pytest.approx((2 / 3, 2 / 3, 2 / 3, 3))
        assert (b.precision, b.recall, b.f1, b.predicted) == pytest.approx((1 / 3, 1 / 2, 2 / 5, 3))
        assert (c.precision, c.recall, c.f1) == (0, 0, 0)
        assert table.macro_f1 == pytest.approx((2 / 3 + 2 / 5 + 0) / 3)
        assert table.commonest == "a"
        assert table.majority.accuracy == pytest.approx(3 / 6)
        assert table.majority.macro_f1 == pytest.approx((2 * 3 / (3 + 6)) / 3)

    def test_labels_that_do_not_occur_do_not_count(self) -> None:
        assert classes.confusion(["a", "b"], ["a", "b"], ("a", "b", "z")).macro_f1 == 1.0

    def test_gold_labels_that_the_model_does_not_know(self) -> None:
        table = classes.confusion(["a", "new"], ["a", "a"], ("a", "b"))
        assert table.labels == ("a", "b", "new") and table.accuracy == 0.5

    def test_texts_without_a_gold_label_do_not_count(self) -> None:
        assert classes.confusion(["a", None], ["a", "b"], ("a", "b")).total == 1
        assert classes.confusion([], [], ()).macro_f1 == classes.confusion([], [], ()).accuracy == 0

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), min_size=1, max_size=60))
    def test_as_scikit_learn_defines_them(self, pairs: list[tuple[str, str]]) -> None:
        gold, said = (np.array(side) for side in zip(*pairs, strict=True))
        f1s = []
        for label in sorted(set(gold) | set(said)):
            hits, wrong, missed = (
                ((gold == label) & (said == label)).sum(), ((gold != label) & (said == label)).sum(),
                ((gold == label) & (said != label)).sum(),
            )  # fmt: skip
            f1s.append(2 * hits / (2 * hits + wrong + missed))
        table = classes.confusion(gold.tolist(), said.tolist(), tuple("abcd"))
        assert table.macro_f1 == pytest.approx(float(np.mean(f1s)))
        assert table.accuracy == pytest.approx(float((gold == said).mean()))

    def test_what_is_kept_reads_back(self) -> None:
        figures = [classes.scores(g, s, {"a": 0.5, "b": 0.3, "c": 0.2}) for g, s in zip(GOLD, SAID, strict=True)]
        kept = json.loads(json.dumps(classes.aggregate(GOLD, SAID, "abc", figures)))
        assert classes.kept(kept) == classes.confusion(GOLD, SAID, ("a", "b", "c"))
        assert classes.majority(kept)[:2] == ("a", 0.5)
        for damaged in ({}, {"labels": ["a"], "confusion": [[1], [2]]}, {"labels": ["a"], "confusion": [[-1]]}):
            assert classes.kept(damaged) is None

    def test_a_macro_f1_has_an_interval_by_resampling(self) -> None:
        drawn = np.random.default_rng(1)
        gold = drawn.integers(0, 3, 300)
        said = np.where(drawn.random(300) < 0.7, gold, drawn.integers(0, 3, 300))

        def f1(g: np.ndarray, s: np.ndarray) -> float:
            return float(
                np.mean([2 * ((g == k) & (s == k)).sum() / ((g == k).sum() + (s == k).sum()) for k in range(3)])
            )

        parts = np.hstack([np.eye(3)[gold] * (gold == said)[:, None], np.eye(3)[gold], np.eye(3)[said]])
        found = estimate_of(lambda m: (2 * m[:, :3] / (m[:, 3:6] + m[:, 6:])).mean(axis=1), parts, draws=4000)
        plain = [f1(gold[at], said[at]) for at in drawn.integers(0, 300, (1500, 300))]
        assert found.mean == pytest.approx(f1(gold, said))
        assert (found.low, found.high) == pytest.approx(np.quantile(plain, (0.025, 0.975)).tolist(), abs=0.015)

    def test_the_same_text_counts_once_for_how_sure_a_figure_is(self) -> None:
        parts = np.repeat(np.random.default_rng(0).random((30, 1)), 10, axis=0)
        alone = estimate_of(lambda m: m[:, 0], parts)
        together = estimate_of(lambda m: m[:, 0], parts, np.repeat(np.arange(30), 10))
        assert together.clusters == 30 and together.high - together.low > 2 * (alone.high - alone.low)


class TestBoard:
    def test_accuracy_and_macro_f1_with_intervals_beside_the_majority(self, tmp_path: Path) -> None:
        good, bad = labelled(tmp_path, "good", 0.9), labelled(tmp_path, "bad", 0.5)
        from engine.results.standing import stand

        table = board.board([good, bad], bad, standing=stand([good, bad]))
        row = table.rows[0]
        assert row["accuracy_low"] < row["accuracy"] < row["accuracy_high"]
        assert row["macro_f1_low"] < row["macro_f1"] < row["macro_f1_high"]
        assert row["majority_label"] == "neutral" and row["majority_accuracy"] < row["accuracy"]
        assert row["accuracy_delta"] == pytest.approx(row["accuracy"] - table.rows[1]["accuracy"])
        assert "texts" in table.caption and "dialogues" not in table.caption.split("time,")[0]
        assert board.pairs_table(stand([good, bad]), ["correct"]).rows[0]["first"] == "good"

    def test_what_lies_behind_it(self, tmp_path: Path) -> None:
        run = labelled(tmp_path, "good", 0.8)
        matrix, labels = classboard.confusion_table(run), classboard.labels_table(run)
        assert [row["gold"] for row in matrix.rows] == list(LABELS)
        assert sum(row["support"] for row in labels.rows) == 60
        assert "Majority class (always neutral)" in labels.caption

    def test_two_tasks_are_never_on_one(self, tmp_path: Path) -> None:
        runs = [labelled(tmp_path, "labels", 0.8), finished(tmp_path, "summaries")]
        assert [facts.task(run) for run in runs] == ["classification", "summarisation"]
        with pytest.raises(SpecError, match="different tasks"):
            board.board(runs)
        found, others = facts.of_one_task(runs)
        assert found == runs[:1] and others == {"summarisation": runs[1:]}


class TestQueries:
    def test_all_examples_of_the_help_can_be_asked(self, tmp_path: Path) -> None:
        schema = open_rows([labelled(tmp_path, "lora", 0.8, amount=6)]).schema()
        lines = [line for line in LABELS_HELP.splitlines() if line.startswith("  ")]
        examples = [part for line in lines for part in re.split("  +", line.strip()) if re.match(r"[\w.]+[:=<>]", part)]
        assert len(examples) > 8
        for example in examples:
            parse(schema, example, "correct")
        assert max(map(len, LABELS_HELP.splitlines())) <= 76
        offered = {one.text for one in complete(schema, "", 0)} | {one.text for one in complete(schema, "p", 1)}
        assert {"label:", "predicted:", "correct:", "p_positive"} <= offered

    def test_right_wrong_and_labels(self, tmp_path: Path) -> None:
        good, bad = labelled(tmp_path, "good", 0.8), labelled(tmp_path, "bad", 0.4)
        rows = open_rows([good, bad])
        said = {run.name: run.predictions() for run in (good, bad)}
        ids = list(rows.ids)

        def found(query: str) -> set[str]:
            result = run_query(rows, query, "correct")
            assert result.problem is None, result.problem
            return {ids[place] for place in result.places.tolist()}

        right = {name: {id for id, p in of.items() if p.summary in p.references} for name, of in said.items()}
        assert found("good.correct:yes") == right["good"]
        assert found("good.correct:no") == set(ids) - right["good"]
        assert found("correct:yes") == right["good"] & right["bad"]
        assert found("correct:wrong") == set(ids) - (right["good"] & right["bad"])
        positive = {id for id, p in said["good"].items() if p.references == ("positive",)}
        assert found("label:positive") == found("label=positive") == found("label:POS") == positive
        assert found("correct:no label:positive") == positive - (right["good"] & right["bad"])
        assert found("good:neutral") == {id for id, p in said["good"].items() if p.summary == "neutral"}
        assert found("good.p_neutral>0.5") == {id for id, p in said["good"].items() if p.probabilities["neutral"] > 0.5}
        order = [rows.topics[place] for place in run_query(rows, "sort:label", "correct").places.tolist()]
        assert order == sorted(order)

    def test_label_is_no_field_of_dialogues(self, tmp_path: Path) -> None:
        rows = open_rows([finished(tmp_path, "summaries")])
        assert not rows.labelled and rows.items == "dialogues"
        with pytest.raises(QueryError):
            parse(rows.schema(), "correct:no > 3")


class TestCommands:
    def run(self, *words: str, code: int = 0) -> str:
        result = CliRunner().invoke(main, words, catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result.output

    def test_board_of_a_workspace_with_both(self, tmp_path: Path) -> None:
        finished(tmp_path, "summaries")
        labelled(tmp_path, "good", 0.9)
        labelled(tmp_path, "bad", 0.5)
        place = ("--workspace", str(tmp_path))
        shown = self.run("board", *place)
        assert "macro F1" in shown and "summaries" not in shown.split("Left out")[0]
        assert "--task summarisation" in shown
        assert "R1 mean" in self.run("board", "--task", "summarisation", *place)
        rows = json.loads(self.run("board", "good", "bad", "--format", "json", *place))
        assert {row["task"] for row in rows} == {"classification"} and rows[0]["macro_f1"] > rows[1]["macro_f1"]
        matrix = self.run("board", "good", "--labels", *place)
        assert "precision" in matrix and "as neutral" in matrix and "Majority class" in matrix

    def test_naming_both_is_refused_with_a_reason(self, tmp_path: Path) -> None:
        finished(tmp_path, "summaries")
        labelled(tmp_path, "good", 0.9)
        for command in ("board", "compare"):
            result = CliRunner().invoke(main, [command, "summaries", "good", "--workspace", str(tmp_path)])
            assert result.exit_code and "different tasks" in str(result.output) + str(result.exception)

    def test_compare_has_texts_labels_and_shares(self, tmp_path: Path) -> None:
        finished(tmp_path, "summaries")
        labelled(tmp_path, "good", 0.8)
        place = ("--workspace", str(tmp_path))
        rows = json.loads(self.run("compare", "good", "--query", "correct:no", "--format", "json", *place))
        assert rows and all(row["runs"]["good"]["summary"] != row["references"][0] for row in rows)
        assert set(rows[0]["runs"]["good"]["probabilities"]) == set(LABELS)
        shown = self.run("compare", "good", *place)
        assert "label" in shown and "good says" in shown and "\x1b[31m" not in shown
        assert "good says" not in self.run("compare", "--task", "summarisation", *place)
