"""Methods: what of a base is trained."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, TaskType, get_peft_model

from engine.errors import SpecError
from engine.spec import ALL_LINEAR, LoraSpec, RunSpec
from engine.worker import softprompt
from engine.worker.quantised import is_quantised, ready_to_train


@dataclass(frozen=True)
class Parameters:
    """Parameter facts, as the course prints them."""

    trainable: int
    total: int
    percent: float
    """100 * trainable / total."""

    def as_dict(self) -> dict[str, float]:
        """For the manifest."""
        return asdict(self)


def prepare(model: Any, spec: RunSpec, tokenizer: Any = None, before: Path | None = None) -> Any:
    """``model`` with just what the method trains set to train: nothing, everything, or adapters.

    ``tokenizer``: the base's, for what a soft prompt begins as. ``before``: the ``model/`` of an earlier run whose
    very adapter is trained further; without, it is a new one. Raises SpecError when no module is what ``lora.targets``
    or ``lora.pattern`` says, or a soft prompt does not fit.
    """
    if spec.trains and not spec.adds_adapter:
        return model.requires_grad_(True)
    if spec.trains and is_quantised(model):
        model = ready_to_train(model, spec.train.gradient_checkpointing)
    model.requires_grad_(False)
    if not spec.trains:
        return model
    if before is not None:
        from peft import PeftModel

        return PeftModel.from_pretrained(model, str(before), is_trainable=True)
    if spec.method == "soft-prompt":
        return softprompt.add(model, spec.soft_prompt, tokenizer, spec.data.max_source_tokens)
    return _lora(model, spec.lora)


def _lora(model: Any, spec: LoraSpec) -> Any:
    targets: str | list[str] = list(spec.targets)
    asked = f"lora.targets = {targets}"
    if spec.pattern is not None:
        targets, asked = spec.pattern, f"lora.pattern = {spec.pattern!r}"
    elif targets == [ALL_LINEAR]:
        targets = ALL_LINEAR
    config = LoraConfig(
        task_type=TaskType.SEQ_2_SEQ_LM,
        r=spec.rank,
        lora_alpha=spec.alpha,  # type: ignore[arg-type]  # peft divides by the rank; a float is fine
        lora_dropout=spec.dropout,
        target_modules=targets,
        use_rslora=spec.rslora,
        use_dora=spec.dora,
        bias="none",
    )
    try:
        return get_peft_model(model, config)
    except ValueError as error:
        linear = [name for name, m in model.named_modules() if isinstance(m, torch.nn.Linear)]
        names = sorted({name.rpartition(".")[2] for name in linear})
        example = f", in full for example {linear[-2]}" if spec.pattern is not None and len(linear) > 1 else ""
        raise SpecError(
            f"{asked} cannot be used with this base", " ".join(str(error).split(". ")[0].split())[:200],
            f"Its linear modules are called {', '.join(names)}{example}",
        ) from None  # fmt: skip


def parameters(model: Any) -> Parameters:
    """Counts of ``model``; shared weights count once."""
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    total = sum(p.numel() for p in model.parameters())
    return Parameters(trainable, total, 100 * trainable / total)
