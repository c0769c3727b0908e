"""Methods: what of a base is trained."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from peft import LoraConfig, TaskType, get_peft_model

from engine.errors import SpecError
from engine.spec import RunSpec


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


def prepare(model: Any, spec: RunSpec) -> Any:
    """``model`` with just what the method trains set to train: nothing, everything, or new adapters.

    Raises SpecError when no module has a name that ``lora.targets`` gives.
    """
    if spec.method == "full":
        return model.requires_grad_(True)
    model.requires_grad_(False)
    if not spec.trains:
        return model
    config = LoraConfig(
        task_type=TaskType.SEQ_2_SEQ_LM,
        r=spec.lora.rank,
        lora_alpha=spec.lora.alpha,  # type: ignore[arg-type]  # peft divides by the rank; a float is fine
        lora_dropout=spec.lora.dropout,
        target_modules=list(spec.lora.targets),
        bias="none",
    )
    try:
        return get_peft_model(model, config)
    except ValueError as error:
        linear = sorted({name.rpartition(".")[2] for name, m in model.named_modules() if type(m).__name__ == "Linear"})
        raise SpecError(
            f"lora.targets = {list(spec.lora.targets)} cannot be used with this base", str(error).split(". ")[0],
            f"Its linear modules are called {', '.join(linear)}",
        ) from None  # fmt: skip


def parameters(model: Any) -> Parameters:
    """Counts of ``model``; shared weights count once."""
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    total = sum(p.numel() for p in model.parameters())
    return Parameters(trainable, total, 100 * trainable / total)
