"""NEFTune (Jain et al. 2023): noise on the embeddings while a model is trained.

Trainer's own way hooks the one module that ``get_input_embeddings`` gives. An encoder-decoder's sides look their tokens
up in modules of their own that share its weight, so that there the hook never runs and nothing is said; a soft prompt
makes it raise. The hook is transformers', the modules are those that are called.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from transformers.integrations.neftune import neftune_post_forward_hook


@contextmanager
def noised(model: Any, alpha: float) -> Iterator[None]:
    """Within the block every token looked up in training has uniform noise of alpha / sqrt(tokens x d_model).

    Modules in evaluation add none. With an ``alpha`` of 0 nothing is done.
    """
    plain = model.get_base_model() if hasattr(model, "get_base_model") else model
    sides = (plain.get_input_embeddings(), *(_tokens(plain, side) for side in ("encoder", "decoder")))
    modules = {id(module): module for module in sides if module is not None} if alpha else {}
    handles = []
    for module in modules.values():
        module.neftune_noise_alpha = alpha
        handles.append(module.register_forward_hook(neftune_post_forward_hook))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
        for module in modules.values():
            del module.neftune_noise_alpha


def _tokens(plain: Any, side: str) -> Any:
    """The embedding that one side of ``plain`` looks its tokens up in."""
    part = getattr(plain, side, None) or getattr(getattr(plain, "model", None), side, None)
    return getattr(part, "embed_tokens", None)
