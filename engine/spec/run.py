"""RunSpec: one job, with what must hold between its sections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from engine import tasks
from engine.spec.learning import LoraSpec, TrainSpec
from engine.spec.sections import BaseSpec, DataSpec, DecodeSpec, PromptSpec, Section

Method = Literal["zero-shot", "full", "lora"]
if TYPE_CHECKING:
    TaskName = str
else:
    TaskName = Literal[tasks.names()]


class RunSpec(Section):
    """One job: a method applied to a base with some data."""

    name: str | None = None
    """Name of the run and of its folder; made from method and base when absent."""
    preset: str | None = None
    """The preset this spec started from."""
    method: Method = "lora"
    """zero-shot asks the base as it is; full trains every weight; lora trains low-rank adapters."""
    task: TaskName = tasks.USUAL
    """summarisation writes a summary of a dialogue; classification gives a text one of the labels in the data."""
    base: BaseSpec = BaseSpec()
    data: DataSpec = DataSpec()
    prompt: PromptSpec = PromptSpec()
    train: TrainSpec = TrainSpec()
    lora: LoraSpec = LoraSpec()
    decode: DecodeSpec = DecodeSpec()

    @model_validator(mode="after")
    def _consistent(self) -> RunSpec:
        if self.method != "zero-shot" and self.data.train == 0:
            raise ValueError("data.train is 0, but method " + self.method + " needs training examples")
        if self.train.patience and self.data.validation == 0:
            raise ValueError("train.patience needs validation examples, but data.validation is 0")
        task = tasks.named(self.task)
        if task.methods and self.method not in task.methods:
            raise ValueError(f"method {self.method} is not for task {task.name}, which has {', '.join(task.methods)}")
        if self.train.metric not in task.stop_metrics:
            raise ValueError(
                f"train.metric {self.train.metric} is no figure of task {task.name}, which has "
                + ", ".join(task.stop_metrics)
            )
        return self
