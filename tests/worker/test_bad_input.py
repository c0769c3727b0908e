"""Bad input from the command line to the worker: one sentence, the documented exit code, nothing half-written."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import builtin
from engine.runs.workspace import Workspace
from tests import warm
from tests.worker.conftest import save_base, untied_t5

GOOD = {"dialogue": "#Person1#: Hi.", "summary": "#Person1# greets."}


def lines(*rows: dict[str, str]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def dialtune(workspace: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = warm.tui(*arguments, "--workspace", str(workspace))
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=warm.ROOT)


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("dialtune: ")]
    assert len(told) == 1, done.stderr
    return told[0]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("columns.jsonl", lines({"speech": "hi", "abstract": "x"}), "data.columns."),
        ("dialogue.jsonl", lines(*[{"dialogue": " ", "summary": "x"}] * 3), "dialogue"),
        ("empty.csv", b"", "empty"),
        ("encoding.csv", "dialogue,summary\nhé,café\n".encode("latin-1"), "UTF-8"),
        ("broken.jsonl", lines(GOOD) + b'{"dialogue": ', "line 2"),
        ("broken.parquet", b"PAR1 not really", "Parquet"),
    ],
)
def test_data_that_cannot_be_used(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    workspace = tmp_path / "runs"
    done = dialtune(workspace, "train", "--preset", "demo-zero-shot", "--set", f"data.source={path}")
    assert done.returncode == 3 and done.stdout == ""
    assert says in sentence(done) and name in sentence(done)
    assert not workspace.exists(), "no run is left behind"


def decoder_only(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"model_type": "gpt2", "n_layer": 1, "n_embd": 8, "n_head": 1}))
    (folder / "tokenizer.json").write_bytes((builtin.BASE / "tokenizer.json").read_bytes())
    (folder / "tokenizer_config.json").write_bytes((builtin.BASE / "tokenizer_config.json").read_bytes())


def torn(folder: Path) -> None:
    save_base(untied_t5(8000, d_model=16, d_kv=4, num_heads=2, d_ff=16, num_layers=1), folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])


@pytest.mark.parametrize(("damage", "says"), [(decoder_only, "no encoder-decoder"), (torn, "damaged")])
def test_a_base_that_cannot_be_used(tmp_path: Path, damage: Callable[[Path], None], says: str) -> None:
    base = tmp_path / "base"
    base.mkdir()
    damage(base)
    workspace = tmp_path / "runs"
    done = dialtune(
        workspace,
        "train",
        "--preset",
        "demo-full",
        "--name",
        "bad",
        "--set",
        f"base.name={base}",
        "--set",
        "data.train=8",
    )
    assert done.returncode == 4, done.stderr
    assert says in sentence(done)
    run = Workspace(workspace).open("bad")
    assert run.status().state == "failed" and says in run.status().reason
    assert not run.model_path.exists() and not run.predictions_path.exists() and not run.checkpoints_path.exists()


def test_summarize_uses_a_finished_run(tmp_path: Path) -> None:
    workspace = tmp_path / "runs"
    trained = dialtune(
        workspace, "train", "--preset", "demo-zero-shot", "--name", "zero", "--set", "data.test=3",
        "--set", "decode.max_new_tokens=12",
    )  # fmt: skip
    assert trained.returncode == 0, trained.stderr
    talk = tmp_path / "talk.txt"
    talk.write_text("#Person1#: I would like to return this kettle.\n#Person2#: Do you have the receipt?")
    done = dialtune(workspace, "summarize", "zero", str(talk))
    assert done.returncode == 0 and len(done.stdout.strip()) > 3 and "\x1b" not in done.stdout
    shown = dialtune(workspace, "summarize", "--base", "builtin", "--shots", "20", "--beams", "2", str(talk))
    assert shown.returncode == 0 and shown.stdout.strip() and "left out: no room for them in 512 tokens" in shown.stderr
