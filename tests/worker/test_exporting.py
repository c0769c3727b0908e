"""Models that leave the house: written, checked, pushed, and loaded by nothing but the library they are for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from engine import launch, spec
from engine.asking import Cancel, Cancelled
from engine.errors import BaseError, HubError, RunFailed, WorkspaceError
from engine.exporting import forms, work
from engine.exporting.work import Check
from engine.runs.files import read_json, write_json
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests.worker.conftest import wait
from tests.worker.standin_hub import StandinHub

TEMPLATE = "Sum up:\n{dialogue}\nIn short: "
PLAIN = """
import json, sys
from pathlib import Path
assert not any(name.split(".")[0] in ("engine", "tui") for name in sys.modules)
folder, form, asked = Path(sys.argv[1]), sys.argv[2], json.load(sys.stdin)
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, GenerationConfig
tokenizer = AutoTokenizer.from_pretrained(str(folder))
if form == "ctranslate2":
    import ctranslate2
    translator = ctranslate2.Translator(str(folder))
    settings = json.loads((folder / "generation_config.json").read_text())
    def say(text):
        tokens = tokenizer.convert_ids_to_tokens(tokenizer(text).input_ids)
        found = translator.translate_batch([tokens], beam_size=1, max_decoding_length=settings["max_new_tokens"])
        return tokenizer.decode(tokenizer.convert_tokens_to_ids(found[0].hypotheses[0]), skip_special_tokens=True)
else:
    if form == "adapter":
        from peft import PeftModel
        import torch
        base = AutoModelForSeq2SeqLM.from_pretrained(sys.argv[3], dtype=torch.float32)
        model = PeftModel.from_pretrained(base, str(folder))
    else:
        model = AutoModelForSeq2SeqLM.from_pretrained(str(folder))
    config = GenerationConfig.from_pretrained(str(folder))
    def say(text):
        output = model.generate(**tokenizer(text, return_tensors="pt"), generation_config=config)
        return tokenizer.decode(output[0], skip_special_tokens=True)
assert not any(name.split(".")[0] in ("engine", "tui") for name in sys.modules)
print(json.dumps([say(text).strip() for text in asked]))
"""
"""What somebody without dialtune would write."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> RunFolder:
    """A LoRA run that says something else than its base, on a base whose head is its own."""
    values = {
        "method": "lora", "base.name": str(tiny_base), "data.train": 32, "data.validation": 0, "data.test": 10,
        "train.max_steps": 6, "train.batch_size": 8, "train.learning_rate": 0.1, "lora.rank": 4, "lora.alpha": 32,
        "decode.max_new_tokens": 12, "prompt.template": TEMPLATE, "name": "calls-lora",
        "train.dtype": "float32",
    }  # fmt: skip
    run = Workspace(tmp_path_factory.mktemp("exports") / "runs").create(spec.from_dict(spec.nested(values)))
    launch.start(run).wait(timeout=180)
    assert wait(run).state == "finished", run.log_path.read_text(errors="replace")[-2000:]
    return run


def plainly(folder: Path, form: str, run: RunFolder, elsewhere: Path) -> list[str]:
    """What plain libraries say of the run's test dialogues, in a process that knows nothing of dialtune."""
    asked = [TEMPLATE.replace("{dialogue}", p.dialogue) for p in run.predictions().values()]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    base = read_json(folder / "adapter_config.json").get("base_model_name_or_path", "")
    done = subprocess.run(
        [sys.executable, "-P", "-c", PLAIN, str(folder), form, base], input=json.dumps(asked), text=True,
        capture_output=True, cwd=elsewhere, env=environment, check=False, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    said: list[str] = json.loads(done.stdout.splitlines()[-1])
    return said


def own(run: RunFolder) -> list[str]:
    return [p.summary for p in run.predictions().values()]


@pytest.fixture(scope="module")
def merged(trained: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("merged") / "out"
    heard: list[str] = []
    found = work.export(
        trained, forms.named("merged"), to, "dialtune train --preset x", told=lambda kind, words: heard.append(words)
    )
    assert found.place == str(to) and (found.check.dialogues, found.check.equal) == (8, 8)
    assert heard == ["loading", "writing", "checking"]
    return to


def test_plain_transformers_says_what_the_run_said(trained: RunFolder, merged: Path, tmp_path: Path) -> None:
    assert len(set(own(trained))) > 1, "a model that always says the same shows little"
    assert plainly(merged, "merged", trained, tmp_path) == own(trained)


def test_a_merged_head_is_its_own(merged: Path) -> None:
    """transformers 5 sets ``tie_word_embeddings``; a head overwritten by the embedding would say something else."""
    from safetensors.torch import load_file

    weights = load_file(merged / "model.safetensors")
    assert not weights["lm_head.weight"].equal(weights["shared.weight"])
    assert not any("lora" in name for name in weights)
    assert read_json(merged / "config.json")["tie_word_embeddings"] is False


def test_its_card_says_how_it_scores_and_where_it_is_from(trained: RunFolder, merged: Path) -> None:
    card = (merged / "README.md").read_text()
    scores, manifest = trained.scores(), trained.manifest()
    assert (
        f"| ROUGE-1 | {100 * scores['metrics']['rouge1']:.2f} | {100 * scores['metrics']['rouge1_best']:.2f} |" in card
    )
    assert "mean over references" in card and manifest["data"]["fingerprint"] in card
    assert "dialtune train --preset x" in card and "8 of 8" in card and TEMPLATE in card
    assert str(trained.path.parent) not in card and str(Path(trained.spec().base.name).parent) not in card
    assert spec.load(merged / "dialtune.toml").lora == trained.spec().lora
    record = read_json(merged / "dialtune.json")
    assert record["check"]["equal"] == 8 and record["versions"]["exported"]["transformers"]


def test_plain_peft_says_what_the_run_said(trained: RunFolder, tmp_path: Path) -> None:
    to = tmp_path / "adapter"
    work.export(trained, forms.named("adapter"), to)
    settings = read_json(to / "adapter_config.json")
    assert settings["base_model_name_or_path"] == trained.spec().base.name
    assert not (to / "model.safetensors").exists()
    assert plainly(to, "adapter", trained, tmp_path) == own(trained)


def test_ctranslate2_says_what_the_run_said(trained: RunFolder, tmp_path: Path) -> None:
    pytest.importorskip("ctranslate2", reason="the extra ctranslate2 is not installed")
    found = work.export(trained, forms.named("ctranslate2"), tmp_path / "ct2")
    assert found.check.equal == found.check.dialogues == 8
    assert plainly(tmp_path / "ct2", "ctranslate2", trained, tmp_path) == own(trained)


def test_eight_bits_that_change_everything_are_not_passed(trained: RunFolder, tmp_path: Path) -> None:
    """This base knows nothing and has no margins: rounded, it says something else. A real one loses little."""
    pytest.importorskip("ctranslate2", reason="the extra ctranslate2 is not installed")
    with pytest.raises(RunFailed, match="ROUGE-1"):
        work.export(trained, forms.named("ct2-int8"), tmp_path / "int8")
    weights = tmp_path / "int8.unverified" / "model.bin"
    assert weights.stat().st_size < 0.4 * forms.size(trained, forms.named("ctranslate2"))
    assert not (tmp_path / "int8").exists()


@pytest.mark.skipif(any(find_spec(n) is None for n in ("onnx", "onnxscript", "onnxruntime")), reason="no extra onnx")
def test_onnx_says_what_the_run_said(trained: RunFolder, tmp_path: Path) -> None:
    found = work.export(trained, forms.named("onnx"), tmp_path / "onnx")
    assert found.check.equal == found.check.dialogues == 8


# -- what can go wrong ----------------------------------------------------------------------------


def copy(run: RunFolder, to: Path) -> RunFolder:
    shutil.copytree(run.path, to)
    return RunFolder(to)


def test_a_model_that_says_something_else_is_put_aside(trained: RunFolder, tmp_path: Path) -> None:
    """An adapter whose scale was lost on the way: the check asks the export, not the run's own files."""
    run = copy(trained, tmp_path / "spoilt")
    made = tmp_path / "out"
    from engine.exporting.forms import named
    from engine.worker.exporting import checking, making, plainly
    from engine.worker.exporting.making import Request

    honest = plainly.opened

    def spoilt(form: Any, folder: Path) -> Any:
        opened = honest(form, folder)
        return type(opened)(opened.tokenizer, lambda ids: "nonsense", opened.config)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checking, "SAMPLE", 2)
        patch.setattr(making.plainly, "opened", spoilt)
        for number in ("", "-2"):
            with pytest.raises(RunFailed, match="does not say what the run says: 0 of 2"):
                making.make(Request(run, named("merged"), tmp_path / f".draft{number}", made))
            assert (tmp_path / f"out.unverified{number}" / "model.safetensors").is_file()
    assert not made.exists() and not list(tmp_path.glob(".draft*"))


def test_what_is_there_is_never_overwritten(trained: RunFolder, merged: Path) -> None:
    before = sorted(file.name for file in merged.iterdir())
    with pytest.raises(WorkspaceError, match="already something"):
        work.export(trained, forms.named("merged"), merged)
    assert sorted(file.name for file in merged.iterdir()) == before


def test_a_full_disk_is_told_before_anything_is_written(
    trained: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = type("Usage", (), {"free": 10 << 20})()
    monkeypatch.setattr(forms.shutil, "disk_usage", lambda folder: free)
    with pytest.raises(WorkspaceError, match=r"not enough room.*2 MiB, and 0 MiB are free"):
        work.export(trained, forms.named("merged"), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_giving_up_leaves_nothing(trained: RunFolder, tmp_path: Path) -> None:
    cancel = Cancel()
    with pytest.raises(Cancelled):
        work.export(trained, forms.named("merged"), tmp_path / "out", cancel=cancel, told=lambda kind, words: cancel())
    assert list(tmp_path.iterdir()) == []


def test_a_soft_prompt_is_not_merged_and_an_unknown_adapter_is_told(trained: RunFolder, tmp_path: Path) -> None:
    run = copy(trained, tmp_path / "soft")
    config = run.model_path / "adapter_config.json"
    write_json(config, {**read_json(config), "peft_type": "PROMPT_TUNING"})
    for name in ("merged", "ctranslate2", "onnx"):
        with pytest.raises(BaseError, match="soft prompt"):
            forms.refuse(run, forms.named(name))
    forms.refuse(run, forms.named("adapter"))
    assert forms.usual(run) == "adapter"


def test_runs_without_a_model_or_an_adapter_are_told(trained: RunFolder, tmp_path: Path) -> None:
    run = copy(trained, tmp_path / "young")
    shutil.rmtree(run.model_path)
    with pytest.raises(BaseError, match="no model yet"):
        forms.refuse(run, forms.named("merged"))
    (run.path / "spec.toml").write_text(spec.to_toml(run.spec().model_copy(update={"method": "zero-shot"})))
    with pytest.raises(BaseError, match="its model is its base"):
        forms.refuse(run, forms.named("adapter"))
    forms.refuse(run, forms.named("merged"))


# -- to a hub and back ----------------------------------------------------------------------------


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A stand-in hub that the processes started from here take for the hub, and may write to."""
    store = tmp_path / "store"
    store.mkdir()
    with StandinHub(store=store, refusing=1) as standin:
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        for name, value in standin.env(tmp_path / "home").items():
            if name.startswith(("HF_", "HUGGINGFACE", "TRANSFORMERS_", "NO_PROXY")):
                monkeypatch.setenv(name, value)
        monkeypatch.setenv("HF_TOKEN", standin.token)
        yield standin


def push_folder(folder: Path, hub_id: str, private: bool = True) -> dict[str, Any]:
    """Push a folder that was exported, in a process of its own."""
    from engine.asking import ask

    request = {"folder": str(folder), "hub_id": hub_id, "private": private, "form": "merged", "run": "calls-lora"}
    found: dict[str, Any] = ask(("engine.worker.pushing",), [json.dumps(request) + "\n"], "pushed", None, None)
    return found


def test_a_pushed_model_is_loaded_by_its_id(trained: RunFolder, hub: StandinHub, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    said: list[str] = []
    found = work.push(
        trained, forms.named("merged"), "me/calls", progress=lambda *at: seen.append(at),
        told=lambda kind, words: said.append(words),
    )  # fmt: skip
    assert found.url == f"{hub.url}/me/calls" and found.private and found.check.equal == 8
    repository = hub.repositories["models"]["me/calls"]
    assert repository.private and repository.commit() == found.commit
    assert "uploading" in said and seen[-1] == (found.size, found.size)
    card = (repository.folder / "README.md").read_text()
    assert 'from_pretrained("me/calls")' in card and hub.token not in card
    assert not any(hub.token in file.read_text(errors="replace") for file in repository.files().values())
    script = (
        "import json, sys\nfrom transformers import AutoModelForSeq2SeqLM, AutoTokenizer\n"
        "tokenizer = AutoTokenizer.from_pretrained('me/calls')\n"
        "model = AutoModelForSeq2SeqLM.from_pretrained('me/calls')\n"
        "texts = json.load(sys.stdin)\n"
        "outputs = [model.generate(**tokenizer(text, return_tensors='pt'))[0] for text in texts]\n"
        "print(json.dumps([tokenizer.decode(output, skip_special_tokens=True).strip() for output in outputs]))"
    )
    asked = [TEMPLATE.replace("{dialogue}", p.dialogue) for p in trained.predictions().values()]
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], input=json.dumps(asked), text=True, capture_output=True, cwd=tmp_path,
        check=False, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == own(trained)


def test_a_second_push_sends_only_what_is_new_and_takes_old_files_away(merged: Path, hub: StandinHub) -> None:
    push_folder(merged, "me/again", private=False)
    repository = hub.repositories["models"]["me/again"]
    assert not repository.private
    (repository.folder / "old.txt").write_text("of an earlier export")
    before = len(hub.requests)
    push_folder(merged, "me/again")
    assert not any("PUT /lfs/" in request for request in hub.requests[before:])
    assert not (repository.folder / "old.txt").exists()
    assert not repository.private, "a repository that is there stays as it is"


def test_a_repository_of_somebody_elses_is_left_alone(merged: Path, hub: StandinHub, tmp_path: Path) -> None:
    from tests.worker.standin_hub import Repository

    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "model.safetensors").write_bytes(b"precious")
    hub.repositories["models"]["me/theirs"] = Repository("me/theirs", tmp_path / "theirs")
    with pytest.raises(HubError, match="holds something else"):
        push_folder(merged, "me/theirs")
    assert (tmp_path / "theirs" / "model.safetensors").read_bytes() == b"precious"


@pytest.mark.parametrize("trouble", ["no token", "another's token", "a hub that is down"])
def test_trouble_with_the_hub_is_a_sentence(
    merged: Path, hub: StandinHub, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    if trouble == "no token":
        monkeypatch.delenv("HF_TOKEN")
        says = "There is no token for the hub.*hf auth login"
    elif trouble == "another's token":
        monkeypatch.setenv("HF_TOKEN", "hf_anothers_secret")
        says = r"status 403.*may write to me"
    else:
        hub.failing = 503
        says = r"status 503.*Give the same command again"
    with pytest.raises(HubError, match=says) as caught:
        push_folder(merged, "me/calls")
    assert "secret" not in str(caught.value)


def test_an_adapter_is_not_pushed_without_its_base(trained: RunFolder) -> None:
    with pytest.raises(BaseError, match="Push it as merged"):
        work.push(trained, forms.named("adapter"), "me/calls")
    assert work.usual_push(trained) == "merged"


def test_the_check_is_told_in_a_sentence() -> None:
    assert Check(8, 8).sentence == "8 of 8 sample summaries are the run's own, letter by letter."
    assert Check(8, 6, False, -0.004).sentence.endswith("letter by letter; ROUGE-1 -0.40.")
