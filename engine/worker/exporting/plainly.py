"""Exported folders, opened and decoded as somebody would who has nothing but the library: none of dialtune's own code.

Every opener gives a function from one prompt (a list of token ids) to its summary, and the folder's own tokenizer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, GenerationConfig

from engine import builtin
from engine.exporting.forms import Form
from engine.runs.files import read_json
from engine.worker.exporting.writing import BASE


@dataclass(frozen=True)
class Opened:
    """An export, ready to be asked."""

    tokenizer: Any
    say: Callable[[list[int]], str]
    config: GenerationConfig


def opened(form: Form, folder: Path) -> Opened:
    """``folder``, which has that form."""
    config = GenerationConfig.from_pretrained(str(folder))
    tokenizer = AutoTokenizer.from_pretrained(str(folder))
    if form.name == "merged":
        model = AutoModelForSeq2SeqLM.from_pretrained(str(folder))
        return Opened(tokenizer, by_transformers(model, tokenizer, config), config)
    if form.name == "adapter":
        return Opened(tokenizer, by_transformers(_with_peft(folder), tokenizer, config), config)
    if form.name == "onnx":
        return Opened(tokenizer, _by_onnx(folder, tokenizer, config), config)
    return Opened(tokenizer, _by_ctranslate2(folder, tokenizer, config), config)


def by_transformers(model: Any, tokenizer: Any, config: GenerationConfig) -> Callable[[list[int]], str]:
    """``generate``, one prompt at a time, in the weights' own type."""
    model = model.eval()

    @torch.inference_mode()
    def say(ids: list[int]) -> str:
        source = torch.tensor([ids])  # (1, source)
        output = model.generate(input_ids=source, attention_mask=torch.ones_like(source), generation_config=config)
        return str(tokenizer.decode(output[0], skip_special_tokens=True)).strip()

    return say


def _with_peft(folder: Path) -> Any:
    from peft import PeftModel

    settings = read_json(folder / "adapter_config.json")
    own = (folder / BASE).is_dir()
    place = str(folder / BASE) if own else settings["base_model_name_or_path"]
    options = {} if own or not settings.get("revision") else {"revision": settings["revision"]}
    # In float32, as a run has it: an adapter on a base in bfloat16 says something else.
    base = AutoModelForSeq2SeqLM.from_pretrained(
        builtin.BASE if place == builtin.NAME else place, dtype=torch.float32, **options
    )
    return PeftModel.from_pretrained(base, str(folder))


def _by_ctranslate2(folder: Path, tokenizer: Any, config: GenerationConfig) -> Callable[[list[int]], str]:
    import ctranslate2

    translator = ctranslate2.Translator(str(folder), device="cpu")
    beams = config.num_beams or 1

    def say(ids: list[int]) -> str:
        found = translator.translate_batch(
            [tokenizer.convert_ids_to_tokens(ids)],
            beam_size=beams,
            length_penalty=config.length_penalty if beams > 1 and config.length_penalty is not None else 1.0,
            no_repeat_ngram_size=config.no_repeat_ngram_size or 0,
            max_decoding_length=config.max_new_tokens,
            max_input_length=0,
        )
        tokens = tokenizer.convert_tokens_to_ids(found[0].hypotheses[0])
        return str(tokenizer.decode(tokens, skip_special_tokens=True)).strip()

    return say


def _by_onnx(folder: Path, tokenizer: Any, config: GenerationConfig) -> Callable[[list[int]], str]:
    """Greedy, without a cache of keys and values: as the two graphs give it."""
    import numpy as np
    import onnxruntime

    providers = ["CPUExecutionProvider"]
    encoder, decoder = (
        onnxruntime.InferenceSession(str(folder / name), providers=providers)
        for name in ("encoder_model.onnx", "decoder_model.onnx")
    )

    def say(ids: list[int]) -> str:
        source = np.asarray([ids], dtype=np.int64)
        mask = np.ones_like(source)
        (hidden,) = encoder.run(None, {"input_ids": source, "attention_mask": mask})
        said = [int(config.decoder_start_token_id)]
        for _ in range(config.max_new_tokens):
            given = {
                "encoder_attention_mask": mask,
                "input_ids": np.asarray([said], dtype=np.int64),
                "encoder_hidden_states": hidden,
            }
            (logits,) = decoder.run(["logits"], given)
            said.append(int(logits[0, -1].argmax()))
            if said[-1] == config.eos_token_id:
                break
        return str(tokenizer.decode(said, skip_special_tokens=True)).strip()

    return say
