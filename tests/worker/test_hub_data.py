"""Data sets from the hub: the same examples as from files, cached ones without a hub, and one sentence otherwise.

The libraries read where the hub is when they are imported, so all of this happens in subprocesses.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.data.sources import load
from engine.spec import DataSpec
from tests.worker.standin_hub import StandinHub

LOAD = """
import json, sys, time
from dataclasses import asdict
from engine import tasks
from engine.errors import DialtuneError
from engine.spec import DataSpec
from engine.worker.hub import load_hub
for line in sys.stdin:
    begun = time.perf_counter()
    try:
        asked = json.loads(line)
        task = tasks.named(asked.pop("task", tasks.USUAL))
        loaded = load_hub(DataSpec.model_validate(asked), task=task)
        answer = {"splits": asdict(loaded.splits), "fingerprint": loaded.splits.fingerprint(),
                  "notices": loaded.notices, "revision": loaded.revision}
    except DialtuneError as error:
        answer = {"error": str(error), "exit_code": error.exit_code}
    print(json.dumps({**answer, "seconds": time.perf_counter() - begun}), flush=True)
"""
ROOT = Path(__file__).parents[2]


def run(script: str, env: dict[str, str], *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], env=env, cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


class Loader:
    """A process that loads one data set after another: its imports take seconds."""

    def __init__(self, env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", LOAD], env=env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, source: str = "acme/dialogs", **spec: Any) -> Any:
        """What a run would be told of ``source``."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"source": source, **spec}) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        pytest.fail(f"it left with {self._process.wait()}")

    def __enter__(self) -> Loader:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)


def loader(hub: StandinHub, home: Path, **env: str) -> Loader:
    return Loader({**hub.env(home), **env})


def rows(split: str) -> list[dict[str, str]]:
    """Four dialogues with hostile text; three references each in the test split."""
    texts = ['A: {hi}\nB: \u2028ok, "so"', "A: [red]1;2[/]\nB: naïve", "A: x\x1b[31my\nB: 🙂", "A: 'a', b\nB: \\n"]
    made = []
    for number, dialogue in enumerate(texts):
        for reference in range(1, 4 if split == "test" else 2):
            row_id = f"{split}_{number}" + (f"_{reference}" if split == "test" else "")
            made.append(
                {"id": row_id, "dialogue": dialogue, "summary": f"{split} {number}, {reference}.", "topic": "t"}
            )
    return made


def write(folder: Path, kind: str = "jsonl", splits: tuple[str, ...] = ("train", "validation", "test")) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for split in splits:
        path = folder / f"{split}.{kind}"
        with path.open("w", encoding="utf-8", newline="") as file:
            if kind == "jsonl":
                file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(split))
            else:
                writer = csv.DictWriter(file, ["id", "dialogue", "summary", "topic"])
                writer.writeheader()
                writer.writerows(rows(split))
    return folder


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_same_examples_as_from_the_folder(tmp_path: Path, kind: str) -> None:
    folder = write(tmp_path / "data", kind)
    (folder / "README.md").write_text("# Dialogs\n")
    with StandinHub(datasets={"acme/dialogs": folder}) as hub, loader(hub, tmp_path / "home") as load_hub:
        answer = load_hub(every=2)
        commit = hub.repositories["datasets"]["acme/dialogs"].commit()
    expected = load(DataSpec(source=str(folder), every=2)).splits
    assert answer["fingerprint"] == expected.fingerprint()
    assert [e["id"] for e in answer["splits"]["test"]] == [e.id for e in expected.test]
    assert [len(e["references"]) for e in answer["splits"]["test"]] == [2, 1, 2, 1]
    assert answer["revision"] == commit


def test_only_a_train_split_is_divided(tmp_path: Path) -> None:
    folder = write(tmp_path / "data", splits=("train",))
    with StandinHub(datasets={"acme/dialogs": folder}) as hub, loader(hub, tmp_path / "home") as load_hub:
        answer = load_hub()
    sizes = {split: len(examples) for split, examples in answer["splits"].items()}
    assert sizes == {"train": 2, "validation": 1, "test": 1}
    assert "divided" in " ".join(answer["notices"])


def test_texts_with_labels_as_the_tweets_have_them(tmp_path: Path) -> None:
    """No validation split, numbers beside names, and one text that is empty."""
    folder = tmp_path / "data"
    folder.mkdir()
    names = ["negative", "neutral", "positive"]
    for split, size in (("train", 30), ("test", 9)):
        with (folder / f"{split}.jsonl").open("w", encoding="utf-8") as file:
            for at in range(size):
                text = "" if split == "train" and at == 3 else f"[b]{split}[/b] \u202e {at}"
                row = {"id": f"{split}{at}", "text": text, "label": at % 3, "label_text": names[at % 3]}
                file.write(json.dumps(row) + "\n")
    with StandinHub(datasets={"acme/tweets": folder}) as hub, loader(hub, tmp_path / "home") as load_hub:
        answer = load_hub("acme/tweets", task="classification")
    splits = answer["splits"]
    assert {name: len(examples) for name, examples in splits.items()} == {"train": 27, "validation": 3, "test": 9}
    found = {e["id"]: (e["dialogue"], e["references"]) for examples in splits.values() for e in examples}
    assert found["train3"] == ("", ["negative"]) and found["test2"][1] == ["positive"]


def test_an_old_name_without_an_owner(tmp_path: Path) -> None:
    folder = write(tmp_path / "data")
    hub = StandinHub(datasets={"acme/dialogs": folder}, moved={"dialogs": "acme/dialogs"})
    with hub, loader(hub, tmp_path / "home") as load_hub:
        answer = load_hub("dialogs")
    assert len(answer["splits"]["test"]) == 4, answer


def test_unknown_gated_and_unfit_data_sets(tmp_path: Path) -> None:
    fit = write(tmp_path / "data")
    script = tmp_path / "script"
    script.mkdir()
    (script / "script.py").write_text("raise SystemExit('remote code ran')\n")
    several = write(tmp_path / "several" / "one").parent
    write(several / "two")
    (several / "README.md").write_text(
        "---\nconfigs:\n- config_name: one\n  data_dir: one\n- config_name: two\n  data_dir: two\n---\n"
    )
    sets = {"acme/dialogs": fit, "acme/gated": fit, "acme/script": script, "acme/several": several}
    with StandinHub(datasets=sets, gated={"acme/gated"}) as hub, loader(hub, tmp_path / "home") as load_hub:
        unknown = load_hub("acme/nothing")
        assert (unknown["exit_code"], "There is no data set acme/nothing" in unknown["error"]) == (6, True), unknown
        revision = load_hub(revision="v9")
        assert (revision["exit_code"], "no revision v9" in revision["error"]) == (6, True), revision
        gated = load_hub("acme/gated")
        assert (gated["exit_code"], "is gated" in gated["error"]) == (6, True), gated
        code = load_hub("acme/script")
        assert (code["exit_code"], "runs no code" in code["error"]) == (3, True), code
        config = load_hub("acme/several")
        assert (config["exit_code"], "'one', 'two'" in config["error"]) == (3, True), config
        assert len(load_hub("acme/several", config="two")["splits"]["test"]) == 4
        column = load_hub(columns={"dialogue": "speech"})
        assert (column["exit_code"], "data.columns.dialogue=NAME" in column["error"]) == (3, True), column


def test_a_cached_copy_serves_without_the_hub(tmp_path: Path) -> None:
    folder = write(tmp_path / "data")
    home = tmp_path / "home"
    with StandinHub(datasets={"acme/dialogs": folder}) as hub, loader(hub, home) as load_hub:
        fresh = load_hub(revision="main")
        hub.stop()
        down = load_hub()
        assert down["splits"] == fresh["splits"]
        assert down["revision"] == fresh["revision"]
        assert "The cached copy of acme/dialogs" in " ".join(down["notices"])
        assert "cannot be reached" in " ".join(down["notices"])
        assert down["seconds"] < 5
        with loader(hub, home, HF_HUB_OFFLINE="1") as switched_off_load:
            switched_off = switched_off_load()
        assert switched_off["splits"] == fresh["splits"]
        assert "HF_HUB_OFFLINE" in " ".join(switched_off["notices"])
        assert load_hub(revision="main")["splits"] == fresh["splits"]
        assert load_hub(revision=fresh["revision"])["splits"] == fresh["splits"]
        other = load_hub(revision="v2")
        assert (other["exit_code"], "cached copy is of" in other["error"]) == (6, True), other


def test_a_copy_serves_behind_a_front_that_answers_errors(tmp_path: Path) -> None:
    folder = write(tmp_path / "data")
    with StandinHub(datasets={"acme/dialogs": folder}) as hub, loader(hub, tmp_path / "home") as load_hub:
        fresh = load_hub()
        hub.failing = 503
        down = load_hub()
    assert down["splits"] == fresh["splits"]
    assert "status 503" in " ".join(down["notices"])


@pytest.mark.parametrize("env", [{}, {"HF_HUB_OFFLINE": "1"}])
def test_no_hub_and_no_copy_is_one_sentence_within_seconds(tmp_path: Path, env: dict[str, str]) -> None:
    hub = StandinHub()
    hub.stop()
    with loader(hub, tmp_path / "home", **env) as load_hub:
        answer = load_hub("knkarthick/dialogsum")
    assert answer["exit_code"] == 6
    for part in ("knkarthick/dialogsum", "nothing is cached", "--set data.source=DIR", "train.jsonl"):
        assert part in answer["error"]
    assert answer["seconds"] < 5


MODEL = """
import json, sys
import torch
from transformers import AutoModelForSeq2SeqLM, T5Config, T5ForConditionalGeneration
def seen(model):
    head, shared = model.lm_head.weight.double(), model.shared.weight.double()
    return [head.sum().item(), shared.sum().item()]
answer = {}
if len(sys.argv) > 2:
    torch.manual_seed(0)
    config = T5Config(vocab_size=64, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, decoder_start_token_id=0)
    config.tie_word_embeddings = False
    model = T5ForConditionalGeneration(config)
    model.lm_head.weight = torch.nn.Parameter(torch.randn_like(model.lm_head.weight))
    model.save_pretrained(sys.argv[2])
    answer["saved"] = seen(model)
answer["loaded"] = seen(AutoModelForSeq2SeqLM.from_pretrained(sys.argv[1]))
print(json.dumps(answer))
"""


def test_a_model_downloads_whole_and_loads_again_from_the_cache(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "tiny"
    with StandinHub(models={"acme/tiny-t5": folder}) as hub:
        answer = run(MODEL, hub.env(home), "acme/tiny-t5", str(folder))
        head, embedding = answer["saved"]
        assert head != embedding  # the checkpoint has a head of its own
        assert answer["loaded"] == answer["saved"]
        assert any(r.startswith("GET /acme/tiny-t5/resolve/") and "safetensors" in r for r in hub.requests), (
            hub.requests
        )
        hub.stop()
        again = run(MODEL, {**hub.env(home), "HF_HUB_OFFLINE": "1"}, "acme/tiny-t5")
        assert again["loaded"] == answer["saved"]
