"""RunSpec: one job, with what must hold between its sections."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from engine.spec.learning import LoraSpec, TrainSpec
from engine.spec.sections import BaseSpec, DataSpec, DecodeSpec, PromptSpec, Section
from engine.spec.tracking import TrackSpec

Method = Literal["zero-shot", "full", "lora"]


class RunSpec(Section):
    """One job: a method applied to a base with some data."""

    name: str | None = None
    """Name of the run and of its folder; made from method and base when absent."""
    preset: str | None = None
    """The preset this spec started from."""
    method: Method = "lora"
    """zero-shot asks the base as it is; full trains every weight; lora trains low-rank adapters."""
    base: BaseSpec = BaseSpec()
    data: DataSpec = DataSpec()
    prompt: PromptSpec = PromptSpec()
    train: TrainSpec = TrainSpec()
    lora: LoraSpec = LoraSpec()
    decode: DecodeSpec = DecodeSpec()
    track: TrackSpec = TrackSpec()

    @model_validator(mode="after")
    def _consistent(self) -> RunSpec:
        if self.method != "zero-shot" and self.data.train == 0:
            raise ValueError("data.train is 0, but method " + self.method + " needs training examples")
        if self.train.patience and self.data.validation == 0:
            raise ValueError("train.patience needs validation examples, but data.validation is 0")
        return self
