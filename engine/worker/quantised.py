"""A frozen base whose linear weights have 8 or 4 bits (QLoRA, Dettmers et al. 2023), through bitsandbytes.

Head, norms and T5's ``wo`` keep their precision, as transformers leaves them. A model like this lives on one GPU,
cannot be moved, and is not merged with its adapter: folding a float adapter into 4 bits would round it away.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import torch

from engine.errors import BaseError
from engine.spec import BaseSpec

EXTRA = "Install it with `pip install 'dialtune[quantise]'`"


def check(spec: BaseSpec) -> None:
    """Raise BaseError where a quantised base cannot be computed with: no CUDA, or no bitsandbytes."""
    if not torch.cuda.is_available():
        raise BaseError(
            f"base.quantise = {spec.quantise} needs a CUDA GPU", "This machine has none that torch can use",
            "Take base.quantise=none, or a machine with a GPU",
        )  # fmt: skip
    if find_spec("bitsandbytes") is None:
        raise BaseError("A quantised base needs bitsandbytes", "It is not installed", EXTRA)


def options(spec: BaseSpec) -> dict[str, Any]:
    """What ``from_pretrained`` is given beside the rest: where the weights go and how they are kept.

    NF4 with its scales quantised too, as QLoRA has it; products are computed in bfloat16 where the GPU has it, else in
    float32: float16 overflows in T5.
    """
    from transformers import BitsAndBytesConfig

    compute = torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    if spec.quantise == "8bit":
        config = BitsAndBytesConfig(load_in_8bit=True)
    else:
        config = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=compute,
        )
    return {"quantization_config": config, "device_map": {"": torch.cuda.current_device()}, "dtype": compute}


def is_quantised(model: Any) -> bool:
    """Whether ``model`` (or what a PEFT model wraps) has quantised weights: it stays where it is."""
    plain = model.get_base_model() if hasattr(model, "get_base_model") else model
    return getattr(plain, "quantization_method", None) is not None or bool(
        getattr(plain, "is_loaded_in_8bit", False) or getattr(plain, "is_loaded_in_4bit", False)
    )


def placed(model: Any, device: torch.device) -> Any:
    """``model`` on ``device``; a quantised one is there already and refuses to be moved."""
    return model if is_quantised(model) else model.to(device)


def ready_to_train(model: Any, checkpointing: bool) -> Any:
    """A quantised ``model`` whose norms and head compute in float32, so that an adapter's gradients are sound."""
    from peft import prepare_model_for_kbit_training

    options = {"use_reentrant": False}
    return prepare_model_for_kbit_training(
        model, use_gradient_checkpointing=checkpointing, gradient_checkpointing_kwargs=options
    )
