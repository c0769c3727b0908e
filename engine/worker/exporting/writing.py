"""The two forms that need nothing but transformers and PEFT: weights with the adapter folded in, and the adapter."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import builtin
from engine.errors import BaseError
from engine.exporting import forms
from engine.runs.files import read_json, write_json
from engine.runs.folder import RunFolder
from engine.spec import RunSpec
from engine.worker.bases import load_run, load_tokenizer
from engine.worker.decoding import generation_config
from engine.worker.prompting import context

BASE = "base"
"""Folder of the built-in base in an exported adapter: no hub has it."""


@dataclass(frozen=True)
class Source:
    """A run's model, adapter folded in, with its own decoding settings."""

    model: Any
    tokenizer: Any
    spec: RunSpec


def source(run: RunFolder) -> Source:
    """The run's model in float32 on the CPU. Raises BaseError where its adapter cannot be folded into the weights."""
    model, tokenizer = load_run(run)
    if hasattr(model, "peft_config"):
        kind = forms.adapter(run) or "adapter"
        raise BaseError(
            f"The {kind} of {run.name} cannot be folded into the base's weights", "PEFT knows no way to merge it",
            "Export it as adapter",
        )  # fmt: skip
    spec = run.spec()
    model.generation_config = generation_config(model, spec.decode)
    # Tokenizers say how long a prompt may be; a base that takes more than 512 tokens must not have it cut in silence.
    tokenizer.model_max_length = max(
        context(tokenizer, model, spec.data.max_source_tokens), spec.data.max_source_tokens
    )
    return Source(model.eval(), tokenizer, spec)


def merged(source: Source, folder: Path) -> None:
    """Weights, config, generation config and tokenizer.

    A head of its own stays one: :func:`engine.worker.bases.keep_head` has told the config so, and safetensors then
    hold both matrices.
    """
    source.model.save_pretrained(folder, safe_serialization=True)
    companions(source, folder)


def companions(source: Source, folder: Path) -> None:
    """What goes with weights of any form: tokenizer and generation config."""
    source.tokenizer.save_pretrained(folder)
    source.model.generation_config.save_pretrained(folder)


def adapter(run: RunFolder, folder: Path, final: Path, hub_id: str = "") -> None:
    """The adapter with its base's true name, tokenizer and generation config.

    ``base_model_name_or_path`` is the hub id or the absolute path of the base. The built-in base, which no hub has, is
    copied to ``base/`` beside the adapter; on a hub the name is the repository's own, ``hub_id``.
    """
    spec = run.spec()
    for file in run.model_path.iterdir():
        if file.is_file() and file.name.startswith("adapter_"):
            shutil.copyfile(file, folder / file.name)
    name = spec.base.name
    if name == builtin.NAME:
        shutil.copytree(builtin.BASE, folder / BASE)
        name = hub_id or str(final / BASE)
    config = folder / "adapter_config.json"
    values = {**read_json(config), "base_model_name_or_path": name, "revision": spec.base.revision}
    values["inference_mode"] = True
    write_json(config, values)
    load_tokenizer(spec.base).save_pretrained(folder)
    from engine.worker.bases import load_base

    generation_config(load_base(spec.base), spec.decode).save_pretrained(folder)
