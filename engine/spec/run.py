"""RunSpec: one job, with what must hold between its sections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import model_validator

from engine import methods, tasks
from engine.spec.learning import ForgettingSpec, LoraSpec, TrainSpec
from engine.spec.prompted import FewShotSpec, SoftPromptSpec
from engine.spec.sections import BaseSpec, DataSpec, DecodeSpec, PromptSpec, Section
from engine.spec.tracking import TrackSpec

Method = Literal["zero-shot", "few-shot", "full", "lora", "soft-prompt"]
if TYPE_CHECKING:
    TaskName = str
else:
    TaskName = Literal[tasks.names()]

SOFT_PROMPT_RATE = 0.3
"""Learning rate of a soft prompt where none is given (Lester et al. 2021); the usual one would move nothing."""
LOW_RATE = 0.02
"""Below this learning rate a soft prompt keeps what it began as."""


class RunSpec(Section):
    """One job: a method applied to a base with some data."""

    name: str | None = None
    """Name of the run and of its folder; made from method and base when absent."""
    preset: str | None = None
    """The preset this spec started from."""
    method: Method = "lora"
    """zero-shot asks the base as it is; few-shot shows it examples in the prompt; full trains every weight; lora trains
    low-rank adapters; soft-prompt trains virtual tokens."""
    task: TaskName = tasks.USUAL
    """summarisation writes a summary of a dialogue; classification gives a text one of the labels in the data."""
    base: BaseSpec = BaseSpec()
    data: DataSpec = DataSpec()
    prompt: PromptSpec = PromptSpec()
    train: TrainSpec = TrainSpec()
    lora: LoraSpec = LoraSpec()
    decode: DecodeSpec = DecodeSpec()
    forgetting: ForgettingSpec = ForgettingSpec()
    few_shot: FewShotSpec = FewShotSpec()
    soft_prompt: SoftPromptSpec = SoftPromptSpec()

    @model_validator(mode="before")
    @classmethod
    def _usual_rate(cls, values: Any) -> Any:
        if not isinstance(values, Mapping) or values.get("method") != "soft-prompt":
            return values
        train = values.get("train", {})
        if not isinstance(train, Mapping) or "learning_rate" in train:
            return values
        return {**values, "train": {**train, "learning_rate": SOFT_PROMPT_RATE}}

    track: TrackSpec = TrackSpec()

    @model_validator(mode="after")
    def _consistent(self) -> RunSpec:
        if self.needs_training_examples and self.data.train == 0:
            raise ValueError("data.train is 0, but method " + self.method + " needs training examples")
        if self.train.patience and self.data.validation == 0:
            raise ValueError("train.patience needs validation examples, but data.validation is 0")
        if self.base.quantise != "none" and self.trains and not self.adds_adapter:
            raise ValueError(f"base.quantise freezes the base, but method {self.method} trains it; lora does not")
        task = tasks.named(self.task)
        if task.methods and self.method not in task.methods:
            raise ValueError(f"method {self.method} is not for task {task.name}, which has {', '.join(task.methods)}")
        if self.train.metric not in task.stop_metrics:
            raise ValueError(
                f"train.metric {self.train.metric} is no figure of task {task.name}, which has "
                + ", ".join(task.stop_metrics)
            )
        if task.head != tasks.named().head:
            if self.base.from_run is not None:
                raise ValueError(f"base.from_run is not for task {task.name}: start from a base")
            if self.base.quantise != "none":
                raise ValueError(f"base.quantise is not for task {task.name}")
        return self

    @property
    def trains(self) -> bool:
        """Whether weights are learnt, so that the run leaves a model of its own."""
        return methods.trains(self.method)

    @property
    def needs_training_examples(self) -> bool:
        """Whether the train split is read."""
        return self.trains or self.method == "few-shot"

    @property
    def adds_adapter(self) -> bool:
        """Whether what is learnt lies beside a base that stays as it is."""
        return self.method in methods.ADAPTED

    def uses(self, section: str) -> bool:
        """Whether the method reads the table ``section`` (``train``, ``lora``); true of what every method reads."""
        return methods.uses(self.method, section)


def rate_hint(spec: RunSpec) -> str:
    """What is wrong with the learning rate for the method; empty where nothing is."""
    rate = spec.train.learning_rate
    if spec.method == "soft-prompt" and rate < LOW_RATE:
        return f"Soft prompts want a learning rate near {SOFT_PROMPT_RATE:g}; {rate:g} hardly moves them."
    return ""
