"""Soft prompts (Lester et al. 2021): virtual tokens that are learnt while the base stays as it is.

PEFT holds and saves them. Its own ``generate`` refuses encoder outputs, with which we decode; and by default it gives
an encoder-decoder two sets of virtual tokens, of which the decoder's would train nothing: there is one here.
"""

from __future__ import annotations

from typing import Any

import torch
from peft import PromptTuningConfig, TaskType, get_peft_model

from engine.errors import SpecError
from engine.spec import SoftPromptSpec

COMMON = 5_000
"""Tokens that ``init = vocabulary`` draws from: the first of the vocabulary, which SentencePiece orders by how likely
they are, as in section 3.2 of the paper."""
RANDOM = 0.5
"""Bound of ``init = random``, as in the paper."""


def add(model: Any, spec: SoftPromptSpec, tokenizer: Any, longest: int) -> Any:
    """``model``, frozen, as a PEFT model with ``spec.tokens`` x d_model new weights before its encoder's input.

    ``longest``: tokens a prompt may have. Draws from torch's generator. Raises SpecError when prompt and virtual tokens
    are more than the base has positions for, or ``init_text`` has no token.
    """
    positions = getattr(model.config, "max_position_embeddings", None)
    if isinstance(positions, int) and spec.tokens + longest > positions:
        raise SpecError(
            f"soft_prompt.tokens = {spec.tokens} does not fit this base",
            f"It reads at most {positions} tokens, and data.max_source_tokens is {longest}",
            f"Lower one of them: data.max_source_tokens={max(positions - spec.tokens, 16)}",
        )  # fmt: skip
    embedding = model.get_input_embeddings()
    beginning = _beginning(embedding, spec, tokenizer)
    config = PromptTuningConfig(
        task_type=TaskType.SEQ_2_SEQ_LM,
        num_virtual_tokens=spec.tokens,
        num_transformer_submodules=1,
        token_dim=beginning.shape[1],
        prompt_tuning_init="RANDOM",  # ours is laid over it: PEFT's own would load the tokenizer anew by its name
    )
    made = get_peft_model(model, config)
    weight = made.prompt_encoder["default"].embedding.weight
    with torch.no_grad():
        weight.copy_(beginning)
    return made


def prompt_of(model: Any) -> torch.Tensor | None:
    """The virtual tokens (tokens, d_model) that ``model`` computes with; None where it has none."""
    encoders = getattr(model, "prompt_encoder", None)
    if encoders is None or getattr(model, "_adapters_disabled", False):
        return None
    weight: torch.Tensor = encoders[model.active_adapter].embedding.weight
    return weight


def read(model: Any, ids: torch.Tensor, mask: torch.Tensor, prompt: torch.Tensor) -> torch.Tensor:
    """What the encoder says of ``ids`` (rows, tokens) behind the virtual tokens: (rows, virtual + tokens, d_model)."""
    plain = model.get_base_model()
    embedded = plain.get_input_embeddings()(ids)
    before = prompt.to(embedded.dtype).expand(len(ids), -1, -1)
    ones = mask.new_ones(len(ids), prompt.shape[0])
    states: torch.Tensor = (
        plain.get_encoder()(inputs_embeds=torch.cat((before, embedded), 1), attention_mask=torch.cat((ones, mask), 1))
    ).last_hidden_state
    return states


def _beginning(embedding: Any, spec: SoftPromptSpec, tokenizer: Any) -> torch.Tensor:
    """(tokens, d_model) float32."""
    if spec.init == "random":
        return torch.empty(spec.tokens, embedding.embedding_dim).uniform_(-RANDOM, RANDOM)
    if spec.init == "text":
        ids = tokenizer(spec.init_text, add_special_tokens=False)["input_ids"]
        if not ids:
            raise SpecError("soft_prompt.init_text has no token", "", "Give it a word")
        chosen = torch.tensor([ids[at % len(ids)] for at in range(spec.tokens)])
    else:
        special = set(tokenizer.all_special_ids)
        common = [at for at in range(min(len(tokenizer), embedding.num_embeddings)) if at not in special][:COMMON]
        drawn = [torch.randperm(len(common)) for _ in range(-(-spec.tokens // len(common)))]
        chosen = torch.tensor(common)[torch.cat(drawn)[: spec.tokens]]
    with torch.no_grad():
        found: torch.Tensor = embedding(chosen.to(embedding.weight.device)).detach().float().cpu().clone()
    return found
