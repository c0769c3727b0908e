"""What the data screen asks of the worker room: tokens by a base's tokenizer, and hub data sets kept to look at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine import asking, spec, study, tasks
from engine.data import kept
from engine.data.prompts import render
from engine.data.sources import load
from engine.errors import BaseError, DataError
from engine.runs.folder import RunFolder
from engine.spec import BaseSpec, DataSpec
from tests.ui import fake_data
from tests.worker.conftest import SHARED, Make, work
from tests.worker.standin_hub import StandinHub
from tests.worker.test_hub_data import write

ROOT = Path(__file__).parents[2]
TEMPLATE = spec.PROMPT


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return fake_data.write(tmp_path / "data")


def expected(tokenizer: Any, source: Path | str, template: str) -> tuple[dict[str, Any], dict[str, Any]]:
    splits = load(DataSpec(source=str(source))).splits
    prompts, references = {}, {}
    for split in ("train", "validation", "test"):
        examples = getattr(splits, split)
        prompts[split] = tuple(len(i) for i in tokenizer([render(template, e.dialogue) for e in examples])["input_ids"])
        texts = [text for e in examples for text in e.references]
        references[split] = tuple(len(i) for i in tokenizer(text_target=texts)["input_ids"])
    return prompts, references


def test_the_light_way_counts_what_a_run_counts(source: Path, tokenizer: Any, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    loaded = load(DataSpec(source=str(source)))
    found = study.lengths(loaded, BaseSpec(), TEMPLATE, lambda done, total: told.append((done, total)))
    assert (found.source, found.target) == expected(tokenizer, source, TEMPLATE)
    assert told[-1] == (40 + 8 + 5 + 40 + 8 + 15,) * 2
    told.clear()
    assert study.lengths(loaded, BaseSpec(), TEMPLATE, lambda *at: told.append(at)) == found
    assert told == [], "kept, so nobody was asked"
    (kept_file,) = (tmp_path / "cache" / "dialtune" / "lengths").iterdir()
    kept_file.write_text('{"source": {"train": [1]}}')
    assert study.lengths(loaded, BaseSpec(), TEMPLATE) == found, "a damaged one is made anew"
    other = study.lengths(loaded, BaseSpec(), "{dialogue}")
    assert other.target == found.target
    assert all(a < b for a, b in zip(other.source["train"], found.source["train"], strict=True))


LIGHT = """
import sys
from engine.spec import BaseSpec
from engine.worker.lengths import counters
counters(BaseSpec(name=sys.argv[1]))[0](["one two", "three"])
print(sorted({"torch", "transformers"} & set(sys.modules)))
"""


def modules(base: str) -> str:
    command = [sys.executable, "-c", LIGHT, base]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout.strip()


def test_the_shipped_base_needs_no_transformers_and_others_do(tiny_base: Path) -> None:
    assert modules("builtin") == "[]"
    assert "transformers" in modules(str(tiny_base))


@pytest.mark.skipif(not SHARED.is_dir(), reason="T5's tokenizer is in ../shared/data, which is not here")
def test_t5s_own_tokenizer_counts_what_a_run_counts(source: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    base = tmp_path / "t5"
    base.mkdir()
    for file in (SHARED / "t5-tokenizer").iterdir():
        (base / file.name).write_bytes(file.read_bytes())
    (base / "config.json").write_text('{"model_type": "t5"}')
    found = study.lengths(load(DataSpec(source=str(source))), BaseSpec(name=str(base)), TEMPLATE)
    assert (found.source, found.target) == expected(AutoTokenizer.from_pretrained(str(base)), source, TEMPLATE)


def test_a_base_that_cannot_be_used_is_a_sentence(source: Path, tmp_path: Path) -> None:
    loaded = load(DataSpec(source=str(source)))
    with pytest.raises(BaseError, match="no base"):
        study.lengths(loaded, BaseSpec(name="./nothing"), TEMPLATE)
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "config.json").write_text('{"model_type": "t5"}')
    (bad / "tokenizer.json").write_text("{")
    (bad / "tokenizer_config.json").write_text('{"tokenizer_class": "T5Tokenizer"}')
    with pytest.raises(BaseError):
        study.lengths(loaded, BaseSpec(name=str(bad)), TEMPLATE)


def test_what_is_cancelled_ends(source: Path) -> None:
    cancel = asking.Cancel()
    with pytest.raises(asking.Cancelled):
        study.lengths(load(DataSpec(source=str(source))), BaseSpec(), TEMPLATE, lambda *_: cancel(), cancel)
    with pytest.raises(asking.Cancelled):
        study.duplicates(load(DataSpec(source=str(source))), None, cancel)


# -- hub data -------------------------------------------------------------------------------------

LOOK = """
import json, sys
from engine import study
from engine.errors import DialtuneError
from engine.spec import DataSpec
try:
    loaded = study.load(DataSpec.model_validate(json.loads(sys.argv[1])), fresh=sys.argv[2] == "fresh")
    print(json.dumps([loaded.splits.fingerprint(), loaded.notices, sorted({"datasets", "torch"} & set(sys.modules))]))
except DialtuneError as error:
    print(json.dumps([error.exit_code, str(error)]))
"""


def look(env: dict[str, str], fresh: bool = False, **asked: Any) -> Any:
    command = [sys.executable, "-c", LOOK, json.dumps({"source": "acme/dialogs", **asked}), "fresh" if fresh else ""]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_a_hub_data_set_is_read_by_a_worker_and_kept(tmp_path: Path) -> None:
    folder = write(tmp_path / "data")
    expected = load(DataSpec(source=str(folder), every=2)).splits.fingerprint()
    with StandinHub(datasets={"acme/dialogs": folder}) as hub:
        env = {**hub.env(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
        fingerprint, notices, heavy = look(env, every=2)
        assert (fingerprint, heavy) == (expected, [])
        assert notices[-1].startswith("Read from the hub on ")
        requests = len(hub.requests)
        assert look(env, every=2)[0] == expected and len(hub.requests) == requests, "kept"
        assert look(env, fresh=True, every=2)[0] == expected and len(hub.requests) > requests
        code, told = look(env, revision="v9")
        assert (code, "no revision v9" in told) == (6, True)
        (kept_file,) = (tmp_path / "cache" / "dialtune" / "data").iterdir()
        kept_file.write_text("damaged")
        assert look(env, every=2)[0] == 3
        assert look(env, every=2)[0] == expected, "and then read anew"


def test_a_data_set_too_large_to_look_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.worker import data, hub

    source = fake_data.write(tmp_path / "talks")
    monkeypatch.setattr(hub, "load_hub", lambda asked, need_test, task: load(asked, need_test=need_test, task=task))
    monkeypatch.setattr(data, "MOST_BYTES", 1000)
    with pytest.raises(DataError, match="too large to look at"):
        data._keep(DataSpec(source=str(source)), tmp_path / "kept" / "x.jsonl", tasks.USUAL)
    assert list((tmp_path / "kept").iterdir()) == []
    monkeypatch.setattr(data, "MOST_BYTES", 10_000_000)
    data._keep(DataSpec(source=str(source)), tmp_path / "kept" / "x.jsonl", tasks.USUAL)
    with (tmp_path / "kept" / "x.jsonl").open() as file:
        assert kept.read(file) == load(DataSpec(source=str(source)))


# -- a run without leaked examples ----------------------------------------------------------------


def notices(run: RunFolder) -> list[str]:
    return [event.text for event in run.events() if event.kind == "notice"]  # type: ignore[union-attr]


def test_a_run_leaves_leaked_examples_out(make: Make, source: Path) -> None:
    asked = {"data.source": str(source), "data.train": "all", "train.max_steps": 2, "data.test": 2}
    run, other = make("lora", **asked, **{"data.exclude_leaked": "near"}), make("lora", **asked)
    for each in (run, other):
        work(each)
    manifest, without = run.manifest()["data"], other.manifest()["data"]
    assert (manifest["splits"]["train"]["examples"], without["splits"]["train"]["examples"]) == (38, 40)
    assert manifest["excluded"] == {"rule": "near", "train": 2}
    assert without["excluded"] == {"rule": "none", "train": 0}
    assert manifest["fingerprint"] != without["fingerprint"]
    assert any(text.startswith("2 training examples of 40 left out") for text in notices(run))
    assert not any("left out" in text for text in notices(other))
