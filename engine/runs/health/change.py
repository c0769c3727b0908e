"""Whether a training changed anything: the model's outputs against the base's, and its weights against themselves."""

from __future__ import annotations

from dataclasses import dataclass

from engine.runs.health.finding import Finding

ROUNDING = 32 * 2.0**-23
"""Relative to the largest output: differences up to this are float32's rounding, a few units in the last place of each
of the sums that an output goes through."""


@dataclass(frozen=True)
class Change:
    """Of the model at the end against the base, on a few prompts, computed in float32."""

    prompts: int = 0
    outputs: float = 0.0
    """Largest absolute difference of any output (a logit) of any prompt."""
    largest: float = 0.0
    """Largest absolute output of the base."""
    weights: float = 0.0
    """Largest absolute change of a trained weight, of those looked at."""
    looked_at: int = 0
    """Weights looked at: up to a few thousand of each tensor."""
    tensors: int = 0
    """Tensors that are trained."""
    moved: int = 0
    """Tensors of which a weight looked at changed."""

    @property
    def same(self) -> bool:
        """Whether the outputs are the base's within rounding."""
        return self.prompts > 0 and self.outputs <= ROUNDING * self.largest

    @property
    def nothing(self) -> bool:
        """Whether the outputs are the base's, or no weight moved (a soft prompt says something from the start)."""
        return self.same or (self.looked_at > 0 and not self.moved)


def findings(change: Change, steps: int) -> list[Finding]:
    """At most one: that the training changed nothing. ``steps``: how many optimizer steps there were."""
    if not change.nothing:
        return []
    evidence = {
        "outputs": change.outputs, "largest": change.largest, "weights": change.weights, "looked_at": change.looked_at,
        "tensors": change.tensors, "moved": change.moved, "steps": steps,
    }  # fmt: skip
    outputs = "equal the base's" if not change.outputs else f"differ from the base's by at most {change.outputs:.1e}"
    count = f"{change.prompts} prompt{'s' * (change.prompts != 1)}"
    told = f"The training changed nothing: after {steps:,} steps the model is as it was when it began."
    if change.same:
        told = (
            f"The training changed nothing: after {steps:,} steps the model's outputs {outputs} on {count} (the "
            f"largest output is {change.largest:.1f})."
        )
    if not change.tensors:
        weights = "No weight was set to train."
    elif not change.moved:
        weights = f"None of the {change.looked_at:,} weights looked at, in {change.tensors:,} tensors, has changed."
    else:
        weights = (
            f"Weights changed in {change.moved:,} of {change.tensors:,} tensors, by at most {change.weights:.1e}: too "
            "little to show."
        )
    return [
        Finding(
            "error", "unchanged", f"{told} {weights}",
            "Raise train.learning_rate, check that train.warmup ends before the training does, and that lora.targets "
            "names modules that the base uses.", evidence,
        )
    ]  # fmt: skip
