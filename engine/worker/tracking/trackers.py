"""Transformers' own integrations, fed with a run's figures instead of a Trainer's.

Each callback gets what a Trainer would give it: arguments (here the run's spec), a state with the step, and logs.
What they have no hook for (tables of samples, going on with a run, a local folder) is said to their package.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import TrainerControl, TrainerState
from transformers.integrations.integration_utils import (
    MLflowCallback,
    TensorBoardCallback,
    TrackioCallback,
    WandbCallback,
)

from engine import trackers
from engine.runs.folder import RunFolder
from engine.spec import RunSpec, TrackSpec
from engine.worker.tracking.relay import Tracker


@dataclass(frozen=True)
class Arguments:
    """As much of TrainingArguments as the integrations read."""

    run_name: str
    project: str
    output_dir: str
    config: dict[str, Any]
    """The run's spec, flat: ``train.learning_rate``."""
    trackio_space_id: str | None = None
    trackio_bucket_id: str | None = None
    trackio_static_space_id: bool = False
    hub_private_repo: bool = True

    def to_dict(self) -> dict[str, Any]:
        """The run's spec."""
        return dict(self.config)

    def to_json_string(self) -> str:
        """The run's spec."""
        return json.dumps(self.config, indent=2, ensure_ascii=False)


class _Integration:
    """What the four have in common: a callback that is given states and logs."""

    name = ""

    def __init__(self, run: RunFolder, asked: TrackSpec, config: dict[str, Any]) -> None:
        self.run, self.asked = run, asked
        self.folder = run.path.resolve() / trackers.FOLDER / self.name
        self.arguments = Arguments(run.name, asked.project, str(self.folder), config)
        self.control = TrainerControl()
        self.callback: Any = None

    def log(self, step: int, figures: dict[str, float]) -> None:
        """Figures, named as Trainer names them."""
        self.callback.on_log(self.arguments, self._state(step), self.control, logs=dict(figures))

    def _begin(self) -> None:
        self.callback.on_train_begin(self.arguments, self._state(0), self.control)

    def _close(self) -> None:
        self.callback.on_train_end(self.arguments, self._state(0), self.control)

    def _state(self, step: int) -> TrainerState:
        return TrainerState(global_step=step, is_world_process_zero=True, is_local_process_zero=True)

    def _unique(self) -> str:
        """A name that another run of the same name in another workspace does not have."""
        created = self.run.status().created
        return f"{self.run.name}-{int(created * 1000):x}" if created else self.run.name


class Wandb(_Integration):
    """Weights & Biases; offline, its record lies in the run's folder and ``wandb sync`` sends it."""

    name = "wandb"

    def open(self, known: dict[str, Any]) -> dict[str, Any]:
        """Begin, or go on with the run of the same id."""
        import wandb

        self.folder.parent.mkdir(parents=True, exist_ok=True)  # where it makes a folder called wandb itself
        # Its own id, so that a run that is resumed, here or after a copy elsewhere, goes on there too.
        key = str(known.get("id") or secrets.token_hex(4))
        mode = "offline" if self.asked.offline else os.environ.get("WANDB_MODE") or "online"
        settings = wandb.Settings(
            console="off", silent=True, disable_git=True, save_code=False, disable_code=True, x_disable_stats=True,
            init_timeout=self.asked.timeout, login_timeout=self.asked.timeout,
        )  # fmt: skip
        began = wandb.init(
            project=self.asked.project, name=self.run.name, id=key, resume="allow", dir=str(self.folder.parent),
            mode=mode, settings=settings,
        )  # fmt: skip
        self.callback = WandbCallback()
        self._begin()
        where = str(Path(began.dir).parent) if mode == "offline" else str(began.url or "")
        return {"id": key, "where": where, "project": self.asked.project}

    def table(self, name: str, step: int, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """A table of W&B's."""
        import wandb

        data = [[_cell(value) for value in row] for row in rows]
        wandb.log(
            {name: wandb.Table(columns=list(columns), data=data, allow_mixed_types=True), "train/global_step": step}
        )

    def close(self, state: str, reason: str, facts: dict[str, Any]) -> None:
        """What it ran on and how it ended; then all that is on its way is sent."""
        import wandb

        wandb.config.update({"dialtune": facts}, allow_val_change=True)
        assert wandb.run is not None
        wandb.run.summary["state"] = state
        wandb.run.summary["reason"] = reason
        self._close()
        wandb.finish(exit_code=0 if state in ("finished", "stopped") else 1)


class Trackio(_Integration):
    """Trackio: a local database (TRACKIO_DIR), unless its own settings name a Space or a server."""

    name = "trackio"

    def open(self, known: dict[str, Any]) -> dict[str, Any]:
        """Begin, or go on with the run of the same name."""
        if self.asked.offline:
            for name in ("TRACKIO_SPACE_ID", "TRACKIO_SERVER_URL", "TRACKIO_BUCKET_ID"):
                os.environ.pop(name, None)
        import trackio
        from trackio.utils import TRACKIO_DIR

        name = str(known.get("id") or self._unique())
        self.arguments = Arguments(name, self.asked.project, str(self.folder), self.arguments.config)
        self.callback = TrackioCallback()
        self._begin()
        self._trackio = trackio
        space = self.callback._space_id
        return {"id": name, "where": f"Space {space}" if space else str(TRACKIO_DIR), "project": self.asked.project}

    def table(self, name: str, step: int, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """A table of Trackio's."""
        data = [[_cell(value) for value in row] for row in rows]
        self._trackio.log({name: self._trackio.Table(columns=list(columns), data=data), "train/global_step": step})

    def close(self, state: str, reason: str, facts: dict[str, Any]) -> None:
        """How it ended; then all that is on its way is written."""
        self._trackio.log({"state": state, "reason": reason})
        self._close()


class TensorBoard(_Integration):
    """TensorBoard: event files in the run's folder; ``tensorboard --logdir runs`` finds those of all runs."""

    name = "tensorboard"

    def open(self, known: dict[str, Any]) -> dict[str, Any]:
        """Begin; a run that goes on adds a file to those that are there."""
        self.callback = TensorBoardCallback()
        self.callback.logging_dir = str(self.folder)
        self._begin()
        return {"id": self.run.name, "where": str(self.folder)}

    def table(self, name: str, step: int, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """A text in Markdown."""
        self.callback.tb_writer.add_text(name, markdown(columns, rows), step)

    def close(self, state: str, reason: str, facts: dict[str, Any]) -> None:
        """What it ran on and how it ended."""
        self.callback.tb_writer.add_text("dialtune", json.dumps(facts, indent=2, ensure_ascii=False))
        self.callback.tb_writer.add_text("state", f"{state}: {reason}")
        self._close()


class MLflow(_Integration):
    """MLflow: the server or folder that MLFLOW_TRACKING_URI names, else a folder beside the runs."""

    name = "mlflow"

    def open(self, known: dict[str, Any]) -> dict[str, Any]:
        """Begin, or go on with the run of the same id."""
        local = f"{(self.run.path.resolve().parent / '.mlflow').as_uri()}"
        uri = os.environ.get("MLFLOW_TRACKING_URI") or local
        if self.asked.offline and uri.startswith(("http:", "https:", "databricks")):
            uri = local
        if uri == local:  # its own way of saying that a folder is meant, databases being the newer choice
            os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
        os.environ["MLFLOW_TRACKING_URI"] = uri
        os.environ["MLFLOW_EXPERIMENT_NAME"] = self.asked.project
        if known.get("id") and known.get("uri") in (None, trackers.scrubbed(uri)):
            os.environ["MLFLOW_RUN_ID"] = str(known["id"])
        else:
            os.environ.pop("MLFLOW_RUN_ID", None)
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", str(int(max(self.asked.timeout / 2, 1))))
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
        import mlflow

        self._mlflow = mlflow
        self.callback = MLflowCallback()
        self._begin()
        active = mlflow.active_run()
        assert active is not None
        return {"id": active.info.run_id, "where": uri, "uri": trackers.scrubbed(uri), "project": self.asked.project}

    def table(self, name: str, step: int, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """A text in Markdown among the artifacts."""
        self._mlflow.log_text(markdown(columns, rows), f"{name}/step-{step:08d}.md")

    def close(self, state: str, reason: str, facts: dict[str, Any]) -> None:
        """What it ran on and how it ended."""
        self._mlflow.log_dict(facts, "dialtune.json")
        self._mlflow.set_tags({"state": state, "reason": reason[:500]})
        if state not in ("finished", "stopped"):
            self._mlflow.end_run("FAILED")
        self._close()


_KINDS: dict[str, type[Wandb | Trackio | TensorBoard | MLflow]] = {
    kind.name: kind for kind in (Wandb, Trackio, TensorBoard, MLflow)
}


def chosen(run: RunFolder, spec: RunSpec, config: dict[str, Any]) -> list[Tracker]:
    """A tracker for each name in ``track.to``; ``config`` is what they show as the run's."""
    return [_KINDS[name](run, spec.track, config) for name in spec.track.to]


def markdown(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table in Markdown, in which no text can be taken for markup."""
    lines = ["| " + " | ".join(map(_plain, columns)) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(_plain(_cell(value)) for value in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> str:
    text = re.sub(r"\s+", " ", "" if value is None else str(value)).replace("&", "&amp;")
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~-])", r"\\\1", text) if isinstance(value, str) else text


def _cell(value: Any) -> Any:
    """Figures and texts as they are, the rest in words."""
    return value if value is None or isinstance(value, str | int | float) else str(value)
