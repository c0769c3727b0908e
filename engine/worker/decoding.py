"""Decoding a whole split: sorted by length, batched by tokens, given back by index as it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import GenerationConfig, StoppingCriteria, StoppingCriteriaList
from transformers.modeling_outputs import BaseModelOutput

from engine.spec import DecodeSpec
from engine.worker.batches import Collator, Row, by_tokens
from engine.worker.memory import cut, halving
from engine.worker.precision import Precision

CPU_TOKENS, CPU_ROWS = 16_384, 64
"""A step reads every weight once whatever the number of rows; past 64 two cores gain no more."""
CPU_CACHE = 2 << 30
"""Bytes that the keys and values of a batch's sources may fill on a CPU: large models decode fewer rows at once."""
CPU_ENCODED = 1024
"""Padded tokens encoded at once on a CPU: what fits its caches, with hardly any padding."""
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


def sampled(config: GenerationConfig, temperature: float, top_p: float = 1.0, top_k: int = 0) -> GenerationConfig:
    """``config``, which is changed, with tokens drawn; greedy as it is for a ``temperature`` of 0."""
    if temperature > 0:
        config.update(do_sample=True, temperature=temperature, top_p=top_p, top_k=top_k)
    return config


def batch_limits(model: Any, spec: DecodeSpec, on_gpu: bool) -> tuple[int, int]:
    """Padded source tokens and rows a batch may have, beams taken into account."""
    config = model.config
    tokens, rows = (GPU_TOKENS, GPU_ROWS) if on_gpu else (CPU_TOKENS, CPU_ROWS)
    if not on_gpu:
        layers: int = getattr(config, "num_decoder_layers", 0) or getattr(config, "decoder_layers", 0)
        width: int = getattr(config, "d_kv", 0) * config.num_attention_heads or config.hidden_size
        tokens = min(tokens, CPU_CACHE // max(1, 2 * 4 * layers * width))
    return spec.batch_tokens or max(1, tokens // spec.beams), max(1, rows // spec.beams)


@torch.inference_mode()
def decode(
    model: Any,
    tokenizer: Any,
    rows: Sequence[Row],
    spec: DecodeSpec,
    precision: Precision,
    on_smaller: Callable[[int], None] = lambda size: None,
    check: Callable[[], None] = lambda: None,
    config: GenerationConfig | None = None,
    parts: int = 1,
    have: frozenset[int] = frozenset(),
) -> Iterator[list[Decoded]]:
    """Summaries of ``rows``, a batch at a time, longest sources first. ``config`` takes the place of ``spec``'s own.

    Batches whose rows are all in ``have`` are left out; the others are what they would be without it, since a row's
    last bits depend on what it is padded to.

    ``check`` is called at every new token; what it raises ends the decoding. When memory runs out the batch is
    halved, ``on_smaller`` is told the new size, and nothing is lost; a single row that does not fit raises what the
    allocator does. ``parts``: into how many batches each is cut from the start.
    """
    on_gpu = precision.device.type != "cpu"
    config = config or generation_config(model, spec)
    collate = Collator(tokenizer.pad_token_id)
    batches = cut(by_tokens([len(row.source) for row in rows], *batch_limits(model, spec, on_gpu)), parts)
    batches = [batch for batch in batches if not have.issuperset(batch)]

    def generated(batch: list[int]) -> torch.Tensor:
        sources = [Row(rows[i].example, rows[i].source) for i in batch]
        with precision.autocast():
            if on_gpu:
                inputs = {key: value.to(precision.device) for key, value in collate(sources).items()}
            else:
                inputs = encoded(model, sources, collate)
            criteria = StoppingCriteriaList([_Check(check)])
            output: torch.Tensor = model.generate(**inputs, generation_config=config, stopping_criteria=criteria)
            return output

    was_training = model.training
    model.eval()
    try:
        for batch, output in halving(batches, generated, on_smaller):
            yield _texts(tokenizer, batch, output)
    finally:
        model.train(was_training)


class _Check(StoppingCriteria):
    """Calls back at every token; never stops a row by itself."""

    def __init__(self, check: Callable[[], None]) -> None:
        self.check = check

    def __call__(self, input_ids: torch.Tensor, scores: Any, **kwargs: Any) -> Any:
        """(rows, tokens) -> (rows,), all false."""
        self.check()
        return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)


def encoded(model: Any, rows: Sequence[Row], collate: Collator) -> dict[str, Any]:
    """``rows`` through the encoder, a few of like length at a time: what ``generate`` takes in place of ids."""
    lengths = [len(row.source) for row in rows]
    states: torch.Tensor | None = None
    mask = torch.zeros(len(rows), max(lengths), dtype=torch.long)
    for part in by_tokens(lengths, CPU_ENCODED, len(rows)):
        found = model.get_encoder()(**collate([rows[i] for i in part])).last_hidden_state[:, : mask.shape[1]]
        if states is None:
            states = found.new_zeros(*mask.shape, found.shape[-1])
        states[part, : found.shape[1]] = found
        for i in part:
            mask[i, : lengths[i]] = 1
    return {"encoder_outputs": BaseModelOutput(last_hidden_state=states), "attention_mask": mask}


def _texts(tokenizer: Any, batch: list[int], output: torch.Tensor) -> list[Decoded]:
    """``output`` (batch, tokens) starts with the decoder's start token and ends in padding."""
    summaries = tokenizer.batch_decode(output, skip_special_tokens=True)
    lengths = (output[:, 1:] != tokenizer.pad_token_id).sum(dim=1).tolist()
    return [Decoded(i, text.strip(), n) for i, text, n in zip(batch, summaries, lengths, strict=True)]
