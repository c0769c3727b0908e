"""Decoding a whole split: sorted by length, batched by tokens, given back by index as it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import GenerationConfig

from engine.spec import DecodeSpec
from engine.worker.batches import Collator, Row, by_tokens
from engine.worker.precision import Precision

CPU_TOKENS, CPU_ROWS = 4096, 16
"""Two cores decode 16 prompts at once fastest; 32 and 64 are slower."""
GPU_TOKENS, GPU_ROWS = 65_536, 256


@dataclass(frozen=True)
class Decoded:
    """One summary."""

    index: int
    """Of the row it belongs to."""
    summary: str
    tokens: int
    """New tokens, the end mark included."""


def generation_config(model: Any, spec: DecodeSpec) -> GenerationConfig:
    """``spec`` as transformers reads it, with the model's own special tokens."""
    own = model.generation_config
    start = own.decoder_start_token_id
    return GenerationConfig(
        max_new_tokens=spec.max_new_tokens,
        num_beams=spec.beams,
        do_sample=False,
        length_penalty=spec.length_penalty if spec.beams > 1 else None,
        early_stopping=spec.beams > 1,
        no_repeat_ngram_size=spec.no_repeat_ngram or None,
        decoder_start_token_id=start if start is not None else model.config.decoder_start_token_id,
        bos_token_id=own.bos_token_id,
        eos_token_id=own.eos_token_id if own.eos_token_id is not None else model.config.eos_token_id,
        pad_token_id=own.pad_token_id if own.pad_token_id is not None else model.config.pad_token_id,
        forced_bos_token_id=getattr(own, "forced_bos_token_id", None),
        use_cache=True,
    )


@torch.inference_mode()
def decode(
    model: Any,
    tokenizer: Any,
    rows: Sequence[Row],
    spec: DecodeSpec,
    precision: Precision,
    on_smaller: Callable[[int], None] = lambda size: None,
) -> Iterator[list[Decoded]]:
    """Summaries of ``rows``, a batch at a time, longest sources first.

    When a GPU runs out of memory the batch is halved, ``on_smaller`` is told the new size, and nothing is
    lost; a single row that does not fit raises torch.OutOfMemoryError.
    """
    on_gpu = precision.device.type != "cpu"
    budget = spec.batch_tokens or (GPU_TOKENS if on_gpu else CPU_TOKENS) // spec.beams
    most = max(1, (GPU_ROWS if on_gpu else CPU_ROWS) // spec.beams)
    config = generation_config(model, spec)
    collate = Collator(tokenizer.pad_token_id)
    waiting = by_tokens([len(row.source) for row in rows], budget, most)
    was_training = model.training
    model.eval()
    try:
        while waiting:
            batch = waiting.pop(0)
            inputs = collate([Row(rows[i].example, rows[i].source) for i in batch])
            try:
                with precision.autocast():
                    output = model.generate(
                        **{key: value.to(precision.device) for key, value in inputs.items()}, generation_config=config
                    )
            except torch.OutOfMemoryError:
                if len(batch) == 1:
                    raise
                torch.cuda.empty_cache()
                half = (len(batch) + 1) // 2
                on_smaller(half)
                waiting = [part for b in (batch, *waiting) for part in (b[:half], b[half:]) if part]
                continue
            yield _texts(tokenizer, batch, output)
    finally:
        model.train(was_training)


def _texts(tokenizer: Any, batch: list[int], output: torch.Tensor) -> list[Decoded]:
    """``output`` (batch, tokens) starts with the decoder's start token and ends in padding."""
    summaries = tokenizer.batch_decode(output, skip_special_tokens=True)
    lengths = (output[:, 1:] != tokenizer.pad_token_id).sum(dim=1).tolist()
    return [Decoded(i, text.strip(), n) for i, text, n in zip(batch, summaries, lengths, strict=True)]
