"""Forecasts: parameters, examples, steps, memory, time and whether it fits, all without the training stack."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import spec
from engine.config import Config
from engine.errors import BaseError, DataError, RunFailed, SpecError
from engine.forecast import bases, forecast, lengths, past, place, probe, steps
from engine.forecast.lengths import Lengths
from engine.forecast.probe import Probed
from engine.hardware import Machine
from engine.runs.events import DeviceReading, Phase, TrainStep, encode
from engine.runs.files import append_lines, write_json
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from engine.spec import BaseSpec, RunSpec, TrainSpec
from tests.unit.test_spec import FIELDS

GIB = 1 << 30


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(place, "cpu_flags", frozenset)


def machine(free: int = 16 * GIB, gpu: int = 0) -> Machine:
    gpus = (DeviceReading(0, "NVIDIA H100", gpu, 0),) if gpu else ()
    return Machine("a CPU", 2, 2, 24 * GIB, free, gpus, None)


def asked(**fields: Any) -> RunSpec:
    return spec.from_dict(spec.nested(fields))


def flan(name: str = "base") -> dict[str, Any]:
    return {"base.name": f"google/flan-t5-{name}", "data.source": "knkarthick/dialogsum"}


# -- parameters -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("builtin", 7_442_176),
        ("google/flan-t5-small", 76_961_152),
        ("google/flan-t5-base", 247_577_856),
        ("google/t5-v1_1-base", 247_577_856),
        ("google/flan-t5-large", 783_150_080),
        ("google/flan-t5-xl", 2_849_757_184),
        ("google/flan-t5-xxl", 11_135_332_352),
        ("t5-small", 60_506_624),
        ("google-t5/t5-base", 222_903_552),
        ("t5-large", 737_668_096),
        ("google/mt5-small", 300_176_768),
        ("google/mt5-base", 582_401_280),
        ("facebook/bart-base", 139_420_416),
        ("facebook/bart-large", 406_291_456),
    ],
)
def test_parameters_are_counted_exactly(name: str, count: int) -> None:
    found = bases.look(BaseSpec(name=name)).architecture
    assert found.parameters == count and found.exact


def test_lora_is_counted_as_the_course_prints_it() -> None:
    found = forecast(asked(method="lora", **flan()), machine()).parameters
    assert found is not None
    assert (found.trainable, found.total) == (3_538_944, 251_116_800)
    assert round(found.percent, 2) == 1.41


@pytest.mark.parametrize(
    ("targets", "count"),
    [
        (["q", "k", "v", "o"], 4 * 36 * 8 * (768 + 768)),
        (["wi_0", "wi_1", "wo"], 3 * 24 * 8 * (768 + 2048)),
        (["lm_head"], 8 * (768 + 32128)),
        (["SelfAttention.q"], 24 * 8 * (768 + 768)),
        (["q", "nothing"], 36 * 8 * (768 + 768)),
        (["wi"], 0),
    ],
)
def test_lora_on_other_modules(targets: list[str], count: int) -> None:
    assert bases.look(BaseSpec(name="google/flan-t5-base")).architecture.lora(targets, 8) == count


def test_targets_that_no_module_has_are_told_with_those_it_has() -> None:
    made = forecast(asked(method="lora", **flan(), **{"lora.targets": ["query"]}), machine())
    assert made.parameters is None and made.memory is None
    assert "wi_0" in str(made.problems[0]) and "['query']" in str(made.problems[0])


@pytest.mark.parametrize("name", ["owner/strange-base", "gpt2", "google/flan-t5-gigantic"])
def test_an_unknown_base_is_said_to_be_unknown(name: str) -> None:
    made = forecast(asked(**{"base.name": name, "data.source": "knkarthick/dialogsum"}), machine())
    assert (made.parameters, made.memory, made.peak, made.fit.verdict) == (None, None, None, "unknown")
    assert "is not known here" in str(made.problems[0]) and "give a folder" in str(made.problems[0])
    assert made.steps is not None and made.steps.total == 4674  # what does not hang on it is still told


CONFIG = {
    "model_type": "t5", "d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "vocab_size": 100,
    "feed_forward_proj": "gated-gelu",
}  # fmt: skip


def folder(path: Path, config: dict[str, Any], *tensors: str) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    (path / "config.json").write_text(json.dumps(config))
    if tensors:
        header = json.dumps({name: {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} for name in tensors}).encode()
        (path / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    return path


def test_a_head_counts_where_the_weights_have_one(tmp_path: Path) -> None:
    tied = folder(tmp_path / "tied", {**CONFIG, "tie_word_embeddings": False}, "shared.weight")
    own = folder(tmp_path / "own", {**CONFIG, "tie_word_embeddings": True}, "shared.weight", "lm_head.weight")
    counts = [bases.look(BaseSpec(name=str(path))).architecture.parameters for path in (tied, own)]
    assert counts[1] - counts[0] == 32 * 100


def test_the_hub_cache_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_CACHE")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    there = tmp_path / "home" / "hub" / "models--me--mine"
    folder(there / "snapshots" / "abc", CONFIG)
    (there / "refs").mkdir()
    (there / "refs" / "main").write_text("abc")
    for revision in (None, "main", "abc"):
        assert bases.look(BaseSpec(name="me/mine", revision=revision)).origin == "its config.json"
    with pytest.raises(BaseError, match="is not known here"):
        bases.look(BaseSpec(name="me/mine", revision="dev"))


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "missing or damaged"),
        ({"model_type": "gpt2"}, "no encoder-decoder"),
        ({"model_type": "led", "is_encoder_decoder": True}, "A probe measures it"),
        ({**CONFIG, "d_model": "wide"}, "d_model"),
        ({**CONFIG, "num_heads": 0}, "num_heads"),
    ],
)
def test_a_config_that_cannot_be_counted_says_why(tmp_path: Path, config: dict[str, Any], words: str) -> None:
    with pytest.raises(BaseError, match=words):
        bases.look(BaseSpec(name=str(folder(tmp_path / "base", config))))


# -- examples and steps ---------------------------------------------------------------------------


def test_local_dialogues_are_counted() -> None:
    made = forecast(asked(**{"data.train": 100, "data.every": 2}), machine())
    assert made.material.counts == {"train": 100, "validation": 100, "test": 150}  # every other of 450 test rows
    assert made.material.origin == "counted"


def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    rows = [json.dumps({"dialogue": f"A: {n}", "summary": "B"}) + "\n" for n in range(30)]
    for count in (10, 30):
        path.write_text("".join(rows[:count]))
        made = forecast(asked(**{"data.source": str(path), "data.test": 0, "data.validation": 0}), machine())
        assert made.material.counts["train"] == count


def test_data_that_cannot_be_read_are_a_problem_not_an_error(tmp_path: Path) -> None:
    made = forecast(asked(**{"data.source": "./none.jsonl"}), machine())
    assert isinstance(made.problems[0], DataError) and made.steps is None
    assert made.parameters is not None and made.parameters.base == 7_442_176


def test_known_data_sets_are_told_as_published() -> None:
    assert forecast(asked(**flan()), machine()).material.counts == {"train": 12460, "validation": 500, "test": 500}
    course = forecast(spec.from_dict({"preset": "course-lab"}), machine())
    assert course.material.counts == {"train": 125, "validation": 5, "test": 15}
    assert course.steps is not None and course.steps.total == 4


def test_other_hub_data_are_unknown_until_a_run_has_read_them(tmp_path: Path) -> None:
    wanted = asked(**{"data.source": "owner/set", "data.train": 1000})
    made = forecast(wanted, machine())
    assert made.material.counts == {} and made.steps is None and any("not known" in note for note in made.notes)
    assert made.memory is not None  # of the longest allowed
    one = before(tmp_path, "one", {"data.source": "owner/set"}, {"train": 5000, "validation": 50, "test": 70})
    assert forecast(wanted, machine(), [one]).material.counts == {"train": 1000, "validation": 50, "test": 70}
    part = before(tmp_path, "part", {"data.source": "owner/set", "data.train": 200}, {"train": 200})
    assert "train" not in forecast(wanted, machine(), [part]).material.counts  # there may be more than it took
    every = before(tmp_path, "every", {"data.source": "owner/set", "data.every": 2}, {"train": 2500})
    assert forecast(wanted, machine(), [every]).material.counts == {}


@pytest.mark.parametrize(
    ("train", "examples", "total", "per_epoch", "evaluations"),
    [
        ({"batch_size": 8, "epochs": 3}, 12_460, 4674, 1558, 3),
        ({"batch_size": 8, "epochs": 1, "accumulation": 2}, 20, 2, 2, 1),  # 3 batches: a step of 2 and one of 1
        ({"batch_size": 8, "epochs": 0.5}, 100, 7, 13, 1),
        ({"batch_size": 8, "epochs": 9, "max_steps": 5}, 100, 5, 13, 1),
        ({"batch_size": 64, "epochs": 2}, 10, 2, 1, 2),
        ({"batch_size": 8, "evaluate_every": 100, "epochs": 1}, 1000, 125, 125, 2),
        ({"batch_size": 8, "evaluate_every": 25, "epochs": 1}, 1000, 125, 125, 5),
    ],
)
def test_steps(train: dict[str, Any], examples: int, total: int, per_epoch: int, evaluations: int) -> None:
    found = steps.count(TrainSpec(**train), examples, 10)
    assert (found.total, found.per_epoch, found.evaluations) == (total, per_epoch, evaluations)
    assert steps.count(TrainSpec(**train), examples, 0).evaluations == 0


# -- memory ---------------------------------------------------------------------------------------


def test_known_parts() -> None:
    made = forecast(asked(method="full", **flan()), machine()).memory
    assert made is not None
    weights = 247_577_856
    assert (made.parts["weights"], made.parts["gradients"], made.parts["optimizer"]) == (
        4 * weights, 4 * weights, 8 * weights,
    )  # fmt: skip
    assert made.rule_of_thumb == 16 * weights
    assert made.peak == max(made.phases.values()) and made.peak_phase == "training"
    lora = forecast(asked(method="lora", **flan()), machine()).memory
    assert lora is not None and lora.parts["optimizer"] == 8 * 3_538_944 and lora.peak < made.peak


def test_zero_shot_only_decodes() -> None:
    made = forecast(asked(method="zero-shot"), machine()).memory
    assert made is not None and set(made.phases) == {"loading", "decoding"} and made.batch is None
    assert "gradients" not in made.parts and "activations" not in made.parts


@given(
    st.sampled_from(["full", "lora"]), st.sampled_from(["cpu", "gpu"]), st.sampled_from(["float32", "bfloat16"]),
    st.integers(1, 64), st.integers(1, 64), st.integers(16, 1024), st.integers(16, 1024),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_more_rows_and_longer_ones_need_more(
    method: str, kind: str, dtype: str, rows: int, more: int, short: int, longer: int
) -> None:
    def peak(rows: int, source: int) -> int:
        wanted = asked(
            method=method, **{"base.name": "google/flan-t5-small", "data.source": "owner/set"},
            **{"train.batch_size": rows, "train.dtype": dtype, "data.max_source_tokens": source},
        )  # fmt: skip
        made = forecast(wanted, machine(gpu=80 * GIB if kind == "gpu" else 0)).memory
        assert made is not None and all(size >= 0 for size in made.parts.values())
        return made.parts["activations"] + made.parts["logits"]

    low, high = sorted((short, longer))
    assert peak(rows, low) <= peak(rows, high)
    assert peak(rows, low) < peak(rows + more, low)


def test_autocast_keeps_less_but_copies_weights() -> None:
    made = [
        forecast(asked(method="full", **flan("small"), **{"train.dtype": dtype}), machine()).memory
        for dtype in ("float32", "bfloat16")
    ]
    assert made[0] is not None and made[1] is not None
    assert made[1].parts["activations"] < made[0].parts["activations"] and made[1].parts["bfloat16 copies"] > 0


def test_accumulation_keeps_gradients_through_the_next_forward_pass() -> None:
    one, two = (
        forecast(asked(method="full", **flan("small"), **{"train.accumulation": n}), machine()).memory for n in (1, 2)
    )
    assert one is not None and two is not None
    assert two.phases["training"] - one.phases["training"] == one.parts["gradients"]


@pytest.mark.parametrize(
    ("free", "method", "verdict", "advice"),
    [
        (40, "full", "fits", ""),
        (14, "full", "tight", "train.batch_size=4 with train.accumulation=2"),
        (9, "full", "too big", "train.batch_size=2 with train.accumulation=4"),
        (2, "lora", "too big", "smaller base"),
    ],
)
def test_what_does_not_fit_comes_with_advice(free: int, method: str, verdict: str, advice: str) -> None:
    made = forecast(asked(method=method, **flan()), machine(free * GIB))
    assert made.fit.verdict == verdict
    assert advice in " ".join(made.fit.advice) if advice else not made.fit.advice


def test_advice_is_true() -> None:
    made = forecast(asked(method="full", **flan()), machine(9 * GIB))
    batch, accumulation = (int(word.partition("=")[2]) for word in made.fit.advice[0].split() if "=" in word)
    better = asked(method="full", **flan(), **{"train.batch_size": batch, "train.accumulation": accumulation})
    assert forecast(better, machine(9 * GIB)).fit.verdict == "fits"


def test_a_gpu_is_taken_where_there_is_one() -> None:
    made = forecast(asked(method="full", **flan()), machine(gpu=80 * GIB))
    assert (made.place.kind, made.place.free, made.dtype, made.fit.verdict) == ("cuda", 80 * GIB, "bfloat16", "fits")


@given(st.lists(st.tuples(st.integers(1, 600), st.integers(1, 200)), min_size=1, max_size=200), st.integers(1, 64))
@settings(max_examples=60, deadline=None)
def test_the_heaviest_batch_holds_the_longest_example(pairs: list[tuple[int, int]], rows: int) -> None:
    found = Lengths(tuple(pairs)).heaviest(rows)
    longest = max(pairs, key=sum)
    assert found.rows <= rows and found.source >= longest[0] and found.target >= longest[1]
    assert found.source % 8 == found.target % 8 == 0 and found.labels <= found.rows * found.target


def test_spread_has_its_quantiles() -> None:
    values = lengths.spread(((0.0, 10), (0.5, 20), (1.0, 100)), 101)
    assert (values[0], values[50], values[100], len(values)) == (10, 20, 100, 101)
    assert values == sorted(values)


# -- time -----------------------------------------------------------------------------------------


def before(tmp_path: Path, name: str, fields: dict[str, Any], splits: dict[str, int], **facts: Any) -> past.Past:
    """An earlier run of 10 examples and 2,000 tokens a second."""
    run = Workspace(tmp_path / "runs").create(asked(name=name, **{"method": "full", **fields}))
    write_json(
        run.path / "manifest.json",
        {
            "device": {"kind": "cpu", "name": "x86_64", "dtype": "float32"},
            "parameters": {"total": 7_442_176, "trainable": 7_442_176},
            "data": {"splits": {split: {"examples": count} for split, count in splits.items()}},
            "steps": 100,
            "seconds": {"loading": 10.0, "training": 80.0, "evaluating": 4.0, "decoding": 15.0},
            **facts,
        },
    )
    trained = [TrainStep(n, 0.1, 2.0, 1e-4, 1.0, 10.0, 2000.0) for n in range(1, 20)]
    append_lines(run.events_path, map(encode, [Phase("loading"), Phase("loading"), Phase("training"), *trained]))
    found = past.read(run)
    assert found is not None
    return found


SPLITS = {"train": 2000, "validation": 200, "test": 150}


def test_time_goes_by_a_run_like_it(tmp_path: Path) -> None:
    other = before(tmp_path, "other", {"method": "lora"}, SPLITS)
    like = before(tmp_path, "like", {"train.batch_size": 20, "train.epochs": 1}, SPLITS)  # one evaluation of 200
    made = forecast(asked(method="full", **{"train.epochs": 2}), machine(), [other, like])
    assert made.pace.origin == "the run like on this machine"
    assert made.pace.phases == pytest.approx(
        {"loading": 10, "training": 4000 / 10, "evaluating": 2 * 4.0, "decoding": 15}
    )
    assert made.pace.total == pytest.approx(433) and made.cost is None
    assert forecast(asked(method="full", **{"train.epochs": 2}), machine(), [like], None, Config(3.6)).cost == (
        pytest.approx(0.433)
    )


def test_another_base_is_scaled_by_its_parameters_and_says_so(tmp_path: Path) -> None:
    small = before(tmp_path, "small", {}, SPLITS)
    made = forecast(asked(method="full", **flan("small")), machine(), [small])
    assert "parameters x 10" in made.pace.origin and made.pace.phases["training"] > 37_380 / 10 * 10


def test_nothing_measured_is_not_guessed(tmp_path: Path) -> None:
    assert forecast(asked(), machine()).pace.phases == {}
    elsewhere = before(tmp_path, "elsewhere", {}, SPLITS, device={"kind": "cuda", "name": "NVIDIA A100"})
    made = forecast(asked(), machine(), [elsewhere])
    assert made.pace.total is None and made.pace.origin == ""


def test_a_resumed_run_gives_its_pace_but_not_its_seconds(tmp_path: Path) -> None:
    before(tmp_path, "again", {}, SPLITS)
    run = RunFolder(tmp_path / "runs" / "again")
    append_lines(run.events_path, [encode(Phase("loading"))])
    found = past.read(run)
    assert found is not None and found.seconds == {} and found.examples_per_second == pytest.approx(10)


def test_a_damaged_past_is_no_past(tmp_path: Path) -> None:
    run = Workspace(tmp_path / "runs").create(asked(name="odd"))
    assert past.read(run) is None
    write_json(run.path / "manifest.json", {"data": [], "seconds": 3, "device": None, "parameters": {"total": "x"}})
    append_lines(run.events_path, ['{"kind": "train", "loss": NaN}\n', "torn"])
    found = past.read(run)
    assert found is not None and forecast(asked(), machine(), [found]).pace.phases == {}


# -- probes ---------------------------------------------------------------------------------------


LINE: dict[str, Any] = {
    "device": "cpu", "dtype": "float32", "trainable": 10, "total": 20, "load_seconds": 1.5, "seconds_per_step": 2.0,
    "seconds_per_token": 0.001, "tokens_per_example": 200.0, "seconds_per_summary": 0.1, "peak_memory": 2 * GIB,
    "examples": {"train": 100, "validation": 10, "test": 5},
}  # fmt: skip


def test_a_probe_stands_above_what_is_counted() -> None:
    probed = probe.read(json.dumps(LINE), 0)
    wanted = asked(**{"base.name": "owner/strange", "data.source": "owner/set", "train.epochs": 1})
    made = forecast(wanted, machine(), [], probed)
    assert made.peak == 2 * GIB and made.fit.verdict == "fits" and made.material.counts == LINE["examples"]
    assert made.pace.phases == pytest.approx(
        {"loading": 1.5, "training": 20, "evaluating": 10 * 0.2 / 3, "decoding": 0.5}
    )


@pytest.mark.parametrize(
    ("line", "code", "kind", "words"),
    [
        ('{"error": {"happened": "It broke", "why": "so", "todo": "mend it"}}', 4, BaseError, "It broke. so. mend it"),
        ('{"error": {"happened": "It broke"}}', 99, RunFailed, "It broke"),
        ("", -9, RunFailed, "memory ran out"),
        ("[1]", 0, RunFailed, "without a figure"),
        (json.dumps({**LINE, "peak_memory": None}), 0, RunFailed, "without a figure"),
        (json.dumps({**LINE, "total": 1e999}), 0, RunFailed, "without a figure"),
    ],
)
def test_a_probe_that_failed_is_an_error_in_words(line: str, code: int, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        probe.read(line, code)


@given(st.text(max_size=80), st.integers(-15, 200))
@settings(max_examples=100, deadline=None)
def test_whatever_a_probe_prints_is_read_or_told(line: str, code: int) -> None:
    try:
        assert isinstance(probe.read(line, code), Probed)
    except SpecError:
        raise
    except Exception as error:
        assert type(error).__module__ == "engine.errors"


# -- whatever is asked ----------------------------------------------------------------------------


@given(st.fixed_dictionaries({}, optional={k: v for k, v in FIELDS.items() if k not in ("data.source", "name")}))
@settings(max_examples=150, deadline=None)
def test_any_valid_spec_has_a_forecast(fields: dict[str, Any]) -> None:
    values = {key: value for key, value in fields.items() if value is not None and key != "preset"}
    try:
        wanted = asked(**{"data.source": "knkarthick/dialogsum", **values})
    except SpecError:
        return
    made = forecast(wanted, machine())
    assert json.dumps(made.as_dict(), allow_nan=False)
