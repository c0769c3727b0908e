"""Where a run's record is also sent: experiment trackers, none unless asked."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from engine.spec.sections import Section, unit

TrackerName = Literal["wandb", "trackio", "tensorboard", "mlflow"]


class TrackSpec(Section):
    """Experiment trackers that get the run's config, curves, samples and scores; keys stay in their own settings."""

    to: tuple[TrackerName, ...] = ()
    """Trackers to send to: wandb, trackio, tensorboard, mlflow; none when empty. Each is an extra."""
    project: Annotated[str, Field(min_length=1, max_length=120)] = "dialtune"
    """Project (MLflow: experiment) that the run belongs to; TensorBoard has none."""
    offline: bool = False
    """Write local records only and reach no network: W&B's can be sent later with `wandb sync`."""
    timeout: Annotated[float, Field(ge=1, le=3600), unit("s")] = 60.0
    """A tracker that takes longer to answer, or to close at the end, is switched off; the run goes on."""

    @field_validator("to", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        """``wandb,trackio`` as a command line gives it."""
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        return tuple(dict.fromkeys(value)) if isinstance(value, list | tuple) else value
