"""Specs: what is asked reads back as asked, and what cannot be asked is answered in a sentence."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from engine import presets, spec
from engine.errors import BY_EXIT_CODE, DialtuneError, SpecError
from engine.spec import RunSpec
from engine.spec.help import allowed_values, unit_of
from engine.spec.reading import SECTIONS

on_disk = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
some = st.none() | words
amount = st.integers(1, 10**6) | st.just("all")
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "name": some,
    "method": st.sampled_from(["zero-shot", "few-shot", "full", "lora", "soft-prompt"]),
    "base.name": words,
    "base.revision": some,
    "base.allow_remote_code": st.booleans(),
    "base.from_run": some,
    "base.quantise": st.sampled_from(["none", "8bit", "4bit"]),
    "data.source": words,
    "data.config": some,
    "data.revision": some,
    **{f"data.columns.{name}": some for name in ("dialogue", "summary", "id", "topic")},
    "data.every": st.integers(1, 10**9),
    **{f"data.{split}": amount for split in ("train", "validation", "test")},
    "data.exclude_leaked": st.sampled_from(["none", "exact", "near"]),
    "data.max_source_tokens": st.integers(16, 16384),
    "data.max_target_tokens": st.integers(4, 4096),
    "prompt.template": st.tuples(words, words)
    .filter(lambda t: "{dialogue}" not in t[0] + t[1])
    .map(lambda t: t[0] + "{dialogue}" + t[1]),
    "train.learning_rate": st.floats(1e-300, 10),
    "train.schedule": st.sampled_from(["linear", "cosine", "constant", "inverse_sqrt"]),
    "train.warmup": st.floats(0, 1e300),
    "train.epochs": st.floats(1e-300, 10_000),
    "train.max_steps": st.integers(0, 2**63),
    "train.batch_size": st.integers(1, 4096),
    "train.accumulation": st.integers(1, 4096),
    "train.weight_decay": st.floats(0, 1),
    "train.max_grad_norm": st.floats(0, 1e300),
    "train.evaluate_every": st.integers(0, 10**9),
    "train.save_every": st.integers(0, 10**9),
    "train.keep_checkpoints": st.integers(1, 1000),
    "train.metric": st.sampled_from(["loss", "rouge1", "rougeLsum"]),
    "train.patience": st.integers(0, 100),
    "train.keep_best": st.booleans(),
    "train.samples": st.integers(0, 20),
    "train.seed": st.integers(0, 2**32 - 1),
    "train.dtype": st.sampled_from(["auto", "float32", "bfloat16"]),
    "train.optimizer": st.sampled_from(["adamw", "adafactor"]),
    "train.label_smoothing": st.floats(0, 1, exclude_max=True),
    "train.neftune_alpha": st.floats(0, 100),
    "train.gradient_checkpointing": st.booleans(),
    "train.auto_batch": st.booleans(),
    "lora.rank": st.integers(1, 1024),
    "lora.alpha": st.floats(1e-300, 4096),
    "lora.dropout": st.floats(0, 1, exclude_max=True),
    "lora.targets": st.lists(words, min_size=1, max_size=4),
    "lora.pattern": st.none() | st.sampled_from(["decoder.*[.](q|v)", "encoder.*", "a|b"]),
    "lora.rslora": st.booleans(),
    "lora.dora": st.booleans(),
    "lora.from_adapter": st.sampled_from(["continue", "merge"]),
    "few_shot.examples": st.integers(1, 100),
    "few_shot.choice": st.sampled_from(["fixed", "random", "similar"]),
    "few_shot.seed": st.integers(0, 2**32 - 1),
    "soft_prompt.tokens": st.integers(1, 1000),
    "soft_prompt.init": st.sampled_from(["vocabulary", "text", "random"]),
    "soft_prompt.init_text": words,
    "decode.max_new_tokens": st.integers(1, 4096),
    "decode.beams": st.integers(1, 64),
    "decode.length_penalty": st.floats(-10, 10),
    "decode.no_repeat_ngram": st.integers(0, 20),
    "decode.batch_tokens": st.integers(0, 10**9),
    "forgetting.check": st.booleans(),
    "forgetting.prompts": words,
    "task": st.just("summarisation"),  # what holds between tasks and other fields is tested by tests/unit/test_tasks.py
    "data.columns.text": st.none() | words,
    "data.columns.label": st.none() | words,
    "track.to": st.lists(st.sampled_from(["wandb", "trackio", "tensorboard", "mlflow"]), unique=True),
    "track.project": words,
    "track.offline": st.booleans(),
    "track.timeout": st.floats(1, 3600),
}


plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
keys = st.sampled_from(["train", "data", "columns", "epochs", "targets"]) | st.text(max_size=5)


def refused(values: dict[str, Any]) -> str:
    with pytest.raises(SpecError) as caught:
        spec.from_dict(values)
    return str(caught.value)


@st.composite
def overrides(draw: st.DrawFn) -> dict[str, Any]:
    chosen = draw(st.lists(st.sampled_from(sorted(FIELDS)), unique=True))
    drawn = {name: draw(FIELDS[name]) for name in chosen}
    if drawn.get("method") == "full":
        drawn.pop("base.quantise", None)
    return {name: value for name, value in drawn.items() if value is not None}


class TestRoundTrip:
    def test_every_field_is_tried_here(self) -> None:
        assert {name for name, _ in spec.fields()} == {*FIELDS, "preset"}

    @settings(max_examples=60, deadline=None)
    @given(overrides(), st.booleans())
    def test_toml(self, values: dict[str, Any], comments: bool) -> None:
        made = spec.from_dict(spec.nested(values))
        assert spec.from_toml(spec.to_toml(made, comments=comments)) == made
        assert spec.from_dict(spec.to_dict(made)) == made

    @on_disk
    @given(overrides())
    def test_through_a_file_with_overrides(self, tmp_path: Path, values: dict[str, Any]) -> None:
        path = tmp_path / "my.toml"
        path.write_text(spec.to_toml(RunSpec(name="x")), encoding="utf-8", newline="")
        assert spec.load(path, values) == spec.overridden(RunSpec(name="x"), values)

    @pytest.mark.parametrize("name", presets.PRESETS)
    def test_every_preset(self, name: str) -> None:
        made = spec.from_dict({"preset": name})
        assert made.preset == name
        assert spec.from_toml(spec.to_toml(made, comments=True)) == made
        assert spec.to_dict(made) == spec.merge(spec.to_dict(made), presets.get(name).values), "it fixes what it says"
        assert presets.get(name).about.endswith(".")

    def test_what_a_spec_says_goes_before_its_preset(self) -> None:
        made = spec.from_dict({"preset": "lora-r8", "lora": {"alpha": 4}})
        assert (made.lora.rank, made.lora.alpha, made.base.name) == (8, 4.0, "google/flan-t5-base")
        assert presets.get("lora-r8").values["lora"] == {"rank": 8, "alpha": 16}, "left as it was"

    def test_comments_are_the_fields_help(self) -> None:
        written = spec.to_toml(RunSpec(), comments=True)
        for name, info in spec.fields():
            assert info.description, name
            value: Any = RunSpec()
            for part in name.split("."):
                value = getattr(value, part)
            if value is not None:
                assert "# " + info.description.splitlines()[0] in written

    def test_frozen(self) -> None:
        with pytest.raises(ValidationError):
            RunSpec().train.epochs = 4  # type: ignore[misc]


class TestMessages:
    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [
            ("train.learning_rate", 0, "train.learning_rate = 0: allowed: a number above 0, at most 10"),
            ("train.learning_rate", "fast", "train.learning_rate = 'fast': allowed: a number"),
            ("train.learning_rate", math.nan, "train.learning_rate = nan: allowed: a number"),
            ("train.warmup", math.inf, "train.warmup = inf: allowed: a number at least 0"),
            ("decode.length_penalty", -math.inf, "decode.length_penalty = -inf: allowed: a number at least -10"),
            ("train.schedule", "liner", "train.schedule = 'liner': allowed: linear, cosine, constant"),
            ("train.seed", 2**32, "allowed: a whole number at least 0, below 4294967296"),
            ("train.batch_size", 2.5, "train.batch_size = 2.5: allowed: a whole number at least 1, at most 4096"),
            ("data.train", "some", "data.train = 'some': allowed: a whole number at least 0 or all"),
            ("data.train", -1, "data.train = -1: allowed: a whole number at least 0 or all"),
            ("method", "lorra", "method = 'lorra': allowed: zero-shot, few-shot, full, lora or soft-prompt"),
            ("lora.targets", [], "lora.targets = []: allowed: a list of text with at least one entry"),
            ("lora.targets", ["q", 4], "lora.targets = 4: allowed: a list of text"),
            ("base.name", "", "base.name = '': allowed: text not empty"),
            ("base.revision", 5, "base.revision = 5: allowed: text"),
            ("base.allow_remote_code", "perhaps", "allowed: true or false"),
            ("prompt.template", "no place", "prompt.template = 'no place': must contain {dialogue} exactly once"),
            ("train", 5, "train = 5: allowed: a table with train.learning_rate, train.schedule"),
            ("data.columns", 5, "data.columns = 5: allowed: a table with data.columns.dialogue"),
        ],
    )
    def test_a_bad_value(self, field: str, value: Any, said: str) -> None:
        message = refused(spec.nested({field: value}))
        assert said in message
        assert message.count("allowed") <= 1, "once, not for each arm of a union"

    @pytest.mark.parametrize("count", [0, 2])
    def test_template(self, count: int) -> None:
        assert "exactly once" in refused({"prompt": {"template": "x{dialogue}" * count}})

    def test_a_long_value_is_shortened(self) -> None:
        assert len(refused({"prompt": {"template": "x" * 100_000}})) < 300

    @pytest.mark.parametrize(
        ("key", "nearest"),
        [
            ("train.epoch", "train.epochs"),
            ("train.learning-rate", "train.learning_rate"),
            ("learning_rate", "train.learning_rate"),
            ("lora.batch_size", "train.batch_size"),
            ("methode", "method"),
            ("data.columns.sumary", "data.columns.summary"),
            ("rnk", "lora.rank"),
        ],
    )
    def test_an_unknown_key_names_the_nearest(self, key: str, nearest: str) -> None:
        values = spec.nested({key: 1})
        assert f"{key} is no field of a spec. The nearest is {nearest}." in refused(values)
        with pytest.raises(SpecError, match=f"The nearest is {nearest}"):
            spec.parse_override(f"{key}=1")

    @pytest.mark.parametrize("key", ["interval", "int", "internal", "function-x", "literal[", "constrained-"])
    def test_an_unknown_key_that_looks_like_pydantics_own(self, key: str) -> None:
        assert f"train.{key} is no field" in refused({"train": {key: 1}})

    def test_a_key_cannot_carry_terminal_escapes(self) -> None:
        assert "\x1b" not in refused({"a\x1b[31m": 1})

    def test_several_faults_are_all_named(self) -> None:
        message = refused({"train": {"epochs": 0}, "lora": {"rank": 0}, "x": 1})
        assert all(part in message for part in ("train.epochs = 0", "lora.rank = 0", "x is no field"))

    def test_parts_that_contradict_each_other(self) -> None:
        assert "data.train is 0" in refused({"method": "full", "data": {"train": 0}})
        assert spec.from_dict({"method": "zero-shot", "data": {"train": 0}}).data.train == 0
        assert "data.validation is 0" in refused({"train": {"patience": 1}, "data": {"validation": 0}})

    def test_an_unknown_preset(self) -> None:
        assert "The nearest is lora-r32" in refused({"preset": "lora-r3"})
        assert "dialtune presets" in refused({"preset": "?"})
        assert "preset = 5" in refused({"preset": 5})

    @settings(max_examples=80, deadline=None)
    @given(
        plain | st.lists(plain, max_size=2) | st.dictionaries(keys, plain | st.dictionaries(keys, plain, max_size=2)),
        st.sampled_from([*FIELDS, *SECTIONS, "other", "train.epochs.x"]),
    )
    def test_nothing_but_a_spec_error(self, value: Any, field: str) -> None:
        try:
            made = spec.from_dict(spec.nested({field: value}) if field else {})
        except SpecError as error:
            assert "cannot be used" in str(error) or "preset" in str(error)
        else:
            assert spec.from_dict(spec.to_dict(made)) == made


class TestFiles:
    @pytest.mark.parametrize(
        "content", [b"a =", b"a = " + b"[" * 5000, b"a = " + b"9" * 5000, b"\xff\xfe", b"\x00", b"[train]\n[train]"]
    )
    def test_what_is_no_toml(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "my.toml"
        path.write_bytes(content)
        with pytest.raises(SpecError, match=r"my\.toml"):
            spec.load(path)

    def test_a_missing_file_and_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(SpecError, match="no spec at"):
            spec.load(tmp_path / "none.toml")
        with pytest.raises(SpecError, match="cannot be read"):
            spec.load(tmp_path)

    def test_the_path_is_written_as_it_is(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        Path("my.toml").write_text("x = 1")
        with pytest.raises(SpecError, match=r"^The spec my\.toml cannot be used\."):
            spec.load(Path("my.toml"))


class TestOverrides:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("train.epochs=2", 2),
            (" train.epochs = 0.5 ", 0.5),
            ("data.train=all", "all"),
            ("lora.targets=['q', 'k']", ["q", "k"]),
            ("train.keep_best=false", False),
            ("base.name='a=b'", "a=b"),
            ("base.name=C:\\models", "C:\\models"),
            ("prompt.template={dialogue}", "{dialogue}"),
            ("base.revision=1234567", "1234567"),  # a commit
            ("base.revision=5e10", "5e10"),
            ("name=2026-01-01", "2026-01-01"),
            ('name="7"', "7"),
            ("train.seed=" + "9" * 5000, "9" * 5000),
            ("base.name=" + "[" * 5000, "[" * 5000),
            ("base.name=", ""),
        ],
    )
    def test_parsing(self, text: str, value: Any) -> None:
        assert spec.parse_override(text) == (text.partition("=")[0].strip(), value)

    @pytest.mark.parametrize("text", ["", "=", "train.epochs", "=2", "  =2", "train.epoch=2", "\x00=1", ".=1"])
    def test_what_is_none(self, text: str) -> None:
        with pytest.raises(SpecError):
            spec.parse_override(text)

    @settings(max_examples=120, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from([*FIELDS, *sorted(SECTIONS), "x"]), st.text()), max_size=4))
    def test_nothing_but_a_spec_error(self, given_: list[tuple[str, str]]) -> None:
        try:
            made = spec.overridden(RunSpec(), dict(spec.parse_override(f"{key}={value}") for key, value in given_))
        except SpecError as error:
            assert str(error)
        else:
            assert isinstance(made, RunSpec)

    @given(st.text())
    def test_any_text_at_all(self, text: str) -> None:
        assume("=" not in text or text.partition("=")[0].strip() not in {*dict(spec.fields()), *SECTIONS})
        with pytest.raises(SpecError):
            spec.parse_override(text)

    def test_later_ones_are_laid_over_earlier_ones(self) -> None:
        given_ = {"train": {"epochs": 1, "seed": 2}, "train.epochs": 5}
        assert spec.nested(given_) == {"train": {"epochs": 5, "seed": 2}}
        assert given_["train"] == {"epochs": 1, "seed": 2}, "left as it was"
        assert spec.nested({"train": 5, "train.epochs": 2}) == {"train": {"epochs": 2}}


class TestHelp:
    def test_every_field_says_what_it_takes(self) -> None:
        for name, info in spec.fields():
            assert allowed_values(info), name

    @pytest.mark.parametrize(
        ("field", "said", "unit"),
        [
            ("train.learning_rate", "a number above 0, at most 10", ""),
            ("train.warmup", "a number at least 0", "steps"),
            ("data.train", "a whole number at least 0 or all", "examples"),
            ("train.dtype", "auto, float32 or bfloat16", ""),
            ("lora.dropout", "a number at least 0, below 1", ""),
            ("base.revision", "text", ""),
            ("train.keep_best", "true or false", ""),
        ],
    )
    def test_words_and_units(self, field: str, said: str, unit: str) -> None:
        info = dict(spec.fields())[field]
        assert (allowed_values(info), unit_of(info)) == (said, unit)


class TestErrors:
    def test_a_sentence_of_each_part(self) -> None:
        error = SpecError("It broke", "because", "Mend it!")
        assert str(error) == "It broke. because. Mend it!"
        assert (error.happened, error.why, error.todo) == ("It broke", "because", "Mend it!")
        assert str(SpecError("It broke.", "", "Mend it")) == "It broke. Mend it."

    def test_each_kind_has_an_exit_code_of_its_own(self) -> None:
        def kinds(of: type[DialtuneError]) -> set[type[DialtuneError]]:
            return {of}.union(*(kinds(sub) for sub in of.__subclasses__() if sub.__module__ == "engine.errors"))

        assert set(BY_EXIT_CODE.values()) == kinds(DialtuneError)
        assert all(BY_EXIT_CODE[kind.exit_code] is kind for kind in kinds(DialtuneError))
        assert 0 not in BY_EXIT_CODE and 8 not in BY_EXIT_CODE and 130 not in BY_EXIT_CODE
