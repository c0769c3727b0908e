"""``export`` and ``push``: what they refuse at once, and what they print; the work itself stood in for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.exporting import forms, work
from engine.exporting.forms import FORMS
from engine.exporting.work import Check, Exported, Pushed
from engine.runs.files import write_json
from tests.unit.run_factory import finished, queued
from tests.unit.test_cli import run
from tui.commands.exporting import NAMES


def test_the_command_line_has_every_form() -> None:
    assert tuple(FORMS) == NAMES


def test_the_folder_goes_to_standard_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(tmp_path, "full-try", method="full")
    seen: list[Any] = []

    def export(folder: Any, form: Any, to: Path, command: str, *_: Any) -> Exported:
        seen.append((folder.name, form.name, to, command))
        return Exported(str(to), form.name, 3 << 20, Check(8, 7, False, 0.01))

    monkeypatch.setattr(work, "export", export)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full-try-merged").mkdir()
    result = run("export", "full-try", "--workspace", tmp_path)
    assert (result.exit_code, result.stdout) == (0, f"{tmp_path}/full-try-merged-2\n")
    assert "7 of 8" in result.stderr and "ROUGE-1 +1.00" in result.stderr
    assert seen[0][:2] == ("full-try", "merged") and seen[0][3].startswith("dialtune train --preset ")
    run("export", "full-try", "--form", "ct2-int8", "--to", "there", "--workspace", tmp_path)
    assert seen[1][1:3] == ("ct2-int8", Path("there"))


@pytest.mark.parametrize(("flags", "private"), [([], True), (["--private"], True), (["--public"], False)])
def test_a_push_is_private_unless_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: list[str], private: bool
) -> None:
    finished(tmp_path, "full-try", method="full")
    seen: list[Any] = []

    def push(folder: Any, form: Any, hub_id: str, private: bool, *_: Any) -> Pushed:
        seen.append((form.name, hub_id, private))
        return Pushed(f"https://hub/{hub_id}", "c0ffee" * 6, 9, 1 << 20, private, Check(8, 8))

    monkeypatch.setattr(work, "push", push)
    result = run("push", "full-try", "--to", "me/calls", *flags, "--workspace", tmp_path)
    assert (result.exit_code, result.stdout) == (0, "https://hub/me/calls\n")
    assert seen == [("merged", "me/calls", private)]
    assert ("private" if private else "public") in result.stderr


@pytest.mark.parametrize("name", ["calls", "a/b/c", "../x", "me/..", "me/ca ls", "", "me/x.git", "me/--x"])
def test_what_is_no_id_of_a_repository(tmp_path: Path, name: str) -> None:
    result = run("push", "any", "--to", name, "--workspace", tmp_path)
    assert result.exit_code == 2 and "OWNER/NAME" in result.stderr


def test_what_cannot_be_exported_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queued(tmp_path, "young")
    assert run("export", "young", "--workspace", tmp_path).exit_code == 4
    full = finished(tmp_path, "full-try", method="full")
    full.model_path.mkdir(exist_ok=True)
    (full.model_path / "README.md").write_text("# card")
    wrong = run("export", "full-try", "--form", "adapter", "--workspace", tmp_path)
    assert wrong.exit_code == 4 and "has no adapter" in wrong.stderr
    monkeypatch.setattr(forms.importlib.util, "find_spec", lambda name: None)
    missing = run("export", "full-try", "--form", "ct2-int8", "--workspace", tmp_path)
    assert missing.exit_code == 2 and "pip install 'dialtune[ctranslate2]'" in missing.stderr
    assert run("export", "nobody", "--workspace", tmp_path).exit_code == 5


def test_an_adapter_is_pushed_alone_where_its_base_is_on_the_hub(tmp_path: Path) -> None:
    from engine import spec

    for base, form in (("google/flan-t5-base", "adapter"), ("builtin", "merged"), ("/home/me/base", "merged")):
        lora = finished(tmp_path, f"lora-{form}-{len(base)}", method="lora")
        asked = spec.from_dict({"method": "lora", "base": {"name": base}})
        (lora.path / "spec.toml").write_text(spec.to_toml(asked))
        lora.model_path.mkdir(exist_ok=True)
        write_json(lora.model_path / "adapter_config.json", {"peft_type": "LORA"})
        assert work.usual_push(lora) == form
        assert "/home/me" not in spec.to_toml(forms.public(asked))
