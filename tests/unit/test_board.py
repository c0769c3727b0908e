"""The board and its pairs: right figures, honest about what they are worth, in every form."""

from __future__ import annotations

import csv
import io
import json
import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rouge_score import rouge_scorer, tokenizers

from engine.config import Config
from engine.results import board as boards
from engine.results import scores, verdicts
from engine.results.standing import of_scores, stand
from engine.results.statistics import estimates, pairs
from engine.results.usage import hours, usage
from engine.runs.events import DeviceReading, Event, Resources, TrainStep, encode
from engine.runs.files import append_lines, write_json
from engine.runs.folder import Prediction, RunFolder
from tests.unit.run_factory import finished, prediction
from tests.unit.test_cli import run
from tui import tables

SHARED = Path(__file__).parents[3] / "shared" / "data"
HOSTILE = '\x1b]52;c;ZXZpbA==\x07<script>alert(1)</script> \u202eevil & "quoted" \']]>'
BEST = "rouge1_best"
LEVELS = (0.2, 0.5, 0.3, 0.4, 0.6, 0.1, 0.45, 0.35)


def made(workspace: Path, name: str, shift: float, method: str = "lora", **more: Any) -> RunFolder:
    """A run of eight dialogues whose scores.json says what its predictions do."""
    predictions = [
        prediction(f"test_{at}", level + shift + (at % 3) / 100, dialogue=f"#Person1#: {'word ' * (at + 3)}")
        for at, level in enumerate(LEVELS)
    ]
    run = finished(workspace, name, predictions=predictions, method=method, **more)
    metrics = {key: sum(p.scores[key] for p in predictions) / 8 for key in predictions[0].scores}
    values = run.scores()
    write_json(run.path / "scores.json", {**values, "metrics": {**values["metrics"], **metrics}, "examples": 8})
    return run


@pytest.fixture
def three(tmp_path: Path) -> list[RunFolder]:
    return [made(tmp_path, "base", 0.0, "zero-shot"), made(tmp_path, "full", 0.2, "full"), made(tmp_path, "twin", 0.2)]


# -- scores by dialogue ---------------------------------------------------------------------------


def test_scores_are_joined_by_id_and_text(tmp_path: Path) -> None:
    one = finished(tmp_path, "one", predictions=[prediction("a", 0.1), prediction("b", 0.2, dialogue="#A#: x")])
    other = finished(
        tmp_path, "two", predictions=[prediction("b", 0.4, dialogue="#A#: x"), prediction("a", 0.3, dialogue="?")]
    )
    found = scores.read([one, other])
    assert list(found.ids) == ["a", "b", "a"]
    np.testing.assert_equal(found.of("rouge1"), [[0.1, math.nan], [0.2, 0.4], [math.nan, 0.3]])
    assert len(set(found.keys)) == 3 and [found.place(key) for key in found.keys] == [0, 1, 2]
    assert found.place("0" * 16) is None
    assert list(found.words) == [2, 2, 1]


def test_a_later_line_counts_and_damaged_ones_do_not(tmp_path: Path) -> None:
    run = finished(tmp_path, "one", predictions=[prediction("a", 0.1)])
    bad = [
        "{",
        "[]",
        '{"id": 3}',
        '{"id": "x", "dialogue": 1}',
        '{"id": "y", "scores": {"rouge1": "high", "rouge2": true}}',
    ]
    again = {
        "id": "a",
        "dialogue": "#Person1#: Hi",
        "summary": "one two three",
        "scores": {"rouge1": 0.7, "other": 1.0},
    }
    append_lines(run.predictions_path, [line + "\n" for line in (*bad, json.dumps(again))])
    found = scores.read([run])
    assert list(found.ids) == ["a"]
    np.testing.assert_equal(found.of("rouge1"), [[0.7]])
    assert "other" not in found.columns


def test_the_same_text_under_two_ids_is_one_cluster(tmp_path: Path) -> None:
    rows = [prediction("a", 0.1), prediction("b", 0.2), prediction("c", 0.3, dialogue="else")]
    found = scores.read([finished(tmp_path, "one", predictions=rows)])
    assert found.clusters[0] == found.clusters[1] != found.clusters[2]
    estimate = of_scores(found).estimates["rouge1"][0]
    assert (estimate.n, estimate.clusters) == (3, 2)


def test_length_ratio_is_by_the_mean_reference(tmp_path: Path) -> None:
    row = Prediction("a", "one two three", "d", "", ("one two", "one two three four"), {"rouge1": 0.1})
    assert scores.read([finished(tmp_path, "one", predictions=[row])]).of("length_ratio")[0, 0] == 1.0
    none = Prediction("a", "one", "d", "", (), {"rouge1": 0.1})
    assert "length_ratio" not in scores.read([finished(tmp_path, "two", predictions=[none])]).columns


def test_a_run_without_predictions_is_a_column_of_nothing(tmp_path: Path, three: list[RunFolder]) -> None:
    three[1].predictions_path.unlink()
    found = stand(three)
    assert found.estimates["rouge1"][1].n == 0
    assert len(boards.board(three, standing=found).rows) == 3
    assert [row["verdict"] for row in boards.pairs_table(found, ["rouge1"]).rows][1:] == ["no shared dialogue"] * 2
    nothing = stand([])
    assert (len(nothing.scores), nothing.estimates, nothing.pairs("rouge1")) == (0, {}, ())


# -- the board ------------------------------------------------------------------------------------


def test_every_mean_has_an_interval_and_its_method(three: list[RunFolder]) -> None:
    table = boards.board(three, standing=stand(three))
    for row in table.rows:
        for key in boards.ROUGE_KEYS:
            assert row[f"{key}_low"] < row[key] < row[f"{key}_high"]
    assert "BCa bootstrap over dialogues, 9,999 resamples, n = 8." in table.caption
    assert "Porter" in table.caption or "rouge_score 0.1.2" in table.caption
    shown = tables.plain(table)
    row = table.rows[0]
    assert f"{100 * row['rouge1']:.2f} [{100 * row['rouge1_low']:.2f}, {100 * row['rouge1_high']:.2f}]" in shown


def test_change_against_the_base_in_points_and_percent(three: list[RunFolder]) -> None:
    base = boards.usual_baseline(three)
    assert base is not None and base.name == "base"
    row = boards.board(three, base).rows[1]
    first = boards.board(three).rows[0]["rouge1"]
    assert row["rouge1_delta"] == pytest.approx(0.2)
    assert row["rouge1_relative"] == pytest.approx(100 * 0.2 / first)
    assert boards.usual_baseline(three[1:]) is None, "no base among them"
    assert boards.usual_baseline(three[:1]) is None, "nothing to compare with it"


def test_scores_of_other_predictions_get_no_intervals(three: list[RunFolder]) -> None:
    values = three[1].scores()
    write_json(three[1].path / "scores.json", {**values, "metrics": {**values["metrics"], "rouge1": 0.99}})
    table = boards.board(three, standing=stand(three))
    assert table.rows[1]["rouge1"] == 0.99 and "rouge1_low" not in table.rows[1]
    assert "rouge1_low" in table.rows[0]
    assert "No intervals for full: its predictions.jsonl and scores.json do not agree." in table.caption


# -- what it cost ---------------------------------------------------------------------------------


def reading(at: float, *devices: DeviceReading) -> Event:
    return Resources(1.0, 1.0, 1, 1, 1, devices, time=at)


def gpu(power: float | None, memory: int | None = 1, allocated: int | None = None, index: int = 0) -> DeviceReading:
    return DeviceReading(index, "GPU", 8, 4, memory, allocated, None, None, power, None)


def worked(workspace: Path, *events: Event) -> RunFolder:
    run = finished(workspace, "w")
    append_lines(run.events_path, map(encode, events))
    return run


def test_energy_is_power_over_time_without_the_standstills(tmp_path: Path) -> None:
    run = worked(
        tmp_path, reading(100, gpu(100)), reading(110, gpu(300)), TrainStep(1, 1, 1, 1, 1, 1, 1),
        reading(5000, gpu(400)), reading(5002, gpu(400)),
    )  # fmt: skip
    found = usage(run)
    assert found.joules == pytest.approx(10 * 200 + 2 * 400)
    assert found.seconds == pytest.approx(12)


def test_only_the_gpus_of_the_run_count(tmp_path: Path) -> None:
    mine, others = gpu(100), gpu(300, memory=0, index=1)
    assert usage(worked(tmp_path / "a", reading(0.5, mine, others), reading(1.5, mine, others))).joules == 100
    torch = (gpu(100, None, 5), gpu(300, None, 0, index=1))
    assert usage(worked(tmp_path / "b", reading(0.5, *torch), reading(1.5, *torch))).joules == 100
    alone = gpu(50, None)
    assert usage(worked(tmp_path / "c", reading(0.5, alone), reading(1.5, alone))).joules == 50


@pytest.mark.parametrize("devices", [(), (gpu(None),), (gpu(100, None), gpu(100, None, index=1)), (gpu(100, 0),)])
def test_energy_that_nobody_measured_is_unknown(tmp_path: Path, devices: tuple[DeviceReading, ...]) -> None:
    run = worked(tmp_path, reading(1, *devices), reading(2, *devices))
    assert usage(run).joules is None
    table = boards.board([run])
    assert table.rows[0]["energy_wh"] is None and "energy:" not in table.caption


def test_damaged_events_cost_nothing(tmp_path: Path) -> None:
    run = worked(tmp_path, reading(1, gpu(100)))
    broken = ['"time": "late"}', "", '"time": 2, "devices": [3]}']
    append_lines(run.events_path, [f'{{"kind": "resources", {end}\n' for end in broken])
    assert usage(run).joules is None


def test_money_is_the_price_of_all_the_work(tmp_path: Path) -> None:
    run = finished(tmp_path, "one")
    spent = boards.row(run, Config(3.6, "EUR"))
    assert spent["seconds"] == pytest.approx(61.5 + 5.25)
    assert spent["cost"] == pytest.approx(66.75 / 3600 * 3.6)
    assert hours(run, usage(run)) == pytest.approx(66.75 / 3600)
    assert "cost EUR" in tables.plain(boards.board([run], config=Config(3.6, "EUR")))
    assert boards.row(run)["cost"] is None and "cost" not in tables.plain(boards.board([run])).splitlines()[0]


# -- pairs ----------------------------------------------------------------------------------------


def test_pairs_stand_with_the_higher_first(three: list[RunFolder]) -> None:
    table = boards.pairs_table(stand(three), ["rouge1", "rougeL_best"])
    first, second, third = table.rows[:3]
    assert (first["first"], first["second"], first["verdict"]) == ("full", "base", "higher")
    assert first["difference"] == pytest.approx(20) and first["wins"] == 8
    assert first["p"] == 2 / 2**8 and first["p_holm"] == 3 * 2 / 2**8
    assert second["first"] == "twin"
    assert {third["first"], third["second"]} == {"full", "twin"}
    assert (third["difference"], third["low"], third["high"], third["p"]) == (0, 0, 0, 1)
    assert (third["wins"], third["ties"], third["losses"], third["verdict"]) == (0, 8, 0, "not shown to differ")
    assert {row["references"] for row in table.rows} == {"mean", "best"}
    assert "all swaps" in table.caption and "Holm for 3 pairs" in table.caption


def test_a_pair_seen_from_the_other_side(three: list[RunFolder]) -> None:
    standing = stand(three)
    there, back = standing.pair("rouge1", 1, 0), standing.pair("rouge1", 0, 1)
    assert there is not None and back is not None
    assert there.difference.mean == -back.difference.mean
    assert (there.difference.low, there.difference.high) == (-back.difference.high, -back.difference.low)
    assert (there.wins, there.losses, there.holm) == (back.losses, back.wins, back.holm)
    assert standing.pair("rouge1", 1, 1) is None


def test_blind_verdicts_stand_beside_the_pair(three: list[RunFolder]) -> None:
    tallies = {("base", "full"): verdicts.Tally(verdicts.Count(1, 2, 3), verdicts.Count(9, 9, 9))}
    table = boards.pairs_table(stand(three), ["rouge1"], tallies)
    assert [table.rows[0][f"blind_{what}"] for what in ("wins", "ties", "losses")] == [3, 2, 1], "seen from full"
    assert "blind wins" in tables.plain(table)
    assert "blind" not in tables.plain(boards.pairs_table(stand(three), ["rouge1"]))


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs shared/data")
def test_the_course_models_differ_by_what_is_known() -> None:
    """FLAN-T5-base's outputs on DialogSum: full fine-tuning is better than LoRA by 1.33, 0.64 to 2.03."""
    tokenizer = tokenizers.DefaultTokenizer(use_stemmer=True)
    tokenizer.tokenize = lru_cache(maxsize=None)(tokenizer.tokenize)  # each reference is met three times
    scorer = rouge_scorer.RougeScorer(["rouge1"], tokenizer=tokenizer)
    with (SHARED / "reference_predictions" / "flan_t5_base_course.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = ("original_model_summaries", "instruct_model_summaries", "peft_model_summaries")
    each = np.array(
        [
            [scorer.score(row["human_baseline_summaries"], row[name])["rouge1"].fmeasure for name in columns]
            for row in rows
        ]
    )
    by_dialogue = each.reshape(-1, 3, 3).mean(axis=1)
    assert [100 * e.mean for e in estimates(by_dialogue)] == pytest.approx([23.33, 42.14, 40.81], abs=0.006)
    (found,) = (pair for pair in pairs(by_dialogue) if (pair.first, pair.second) == (1, 2))
    assert 100 * found.difference.mean == pytest.approx(1.33, abs=0.006)
    assert (100 * found.difference.low, 100 * found.difference.high) == pytest.approx((0.64, 2.03), abs=0.06)
    assert found.real and found.n == 500
    rowwise = pairs(each, np.repeat(np.arange(500), 3), which=[(1, 2)])[0]
    assert rowwise.difference.low == pytest.approx(found.difference.low), "one row a reference, clustered, is the same"


# -- the command line -----------------------------------------------------------------------------


def test_pairs_from_the_command_line(tmp_path: Path, three: list[RunFolder]) -> None:
    found = run(
        "board", "--pairs", "--metric", "rouge1", "--metric", "rouge2_best", "--format", "json", "--workspace", tmp_path
    )
    assert found.exit_code == 0, found.output
    rows = json.loads(found.stdout)
    assert [row["metric"] for row in rows] == ["ROUGE-1, mean over references"] * 3 + [
        "ROUGE-2, best of references"
    ] * 3
    sheet = list(
        csv.DictReader(io.StringIO(run("board", "--pairs", "--format", "csv", "--workspace", tmp_path).stdout))
    )
    assert float(sheet[0]["p"]) == rows[0]["p"] and sheet[0]["low"]
    text = run("board", "--pairs", "--workspace", tmp_path).stdout
    assert "not shown to differ" in text and "randomisation" in text


def test_tex_and_html_from_the_command_line(tmp_path: Path, three: list[RunFolder]) -> None:
    assert r"\begin{tabular}" in run("board", "--format", "tex", "--workspace", tmp_path).stdout
    assert r"\begin{tabular}" in run("board", "--pairs", "--format", "tex", "--workspace", tmp_path).stdout
    page = run("board", "base", "full", "--format", "html", "--workspace", tmp_path).stdout
    assert page.startswith("<!doctype html>") and page.count("<svg") == 4
    assert "Δ: the figure before it, less that of base" in page


def test_an_empty_board_in_every_form(tmp_path: Path) -> None:
    for form in ("table", "tex", "html"):
        found = run("board", "--format", form, "--workspace", tmp_path)
        assert (found.exit_code, found.stdout) == (0, "")
    assert json.loads(run("board", "--pairs", "--format", "json", "--workspace", tmp_path).stdout) == []
