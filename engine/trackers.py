"""Experiment trackers seen from outside: which there are, whether they are installed, and what must never be told.

A run that is tracked has a process of its own for that (:mod:`engine.worker.tracking`), which reads the run's events
and hands them to the trackers; what it has done stands in ``trackers.json``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from engine.errors import SpecError
from engine.runs.files import read_json
from engine.runs.folder import RunFolder

if TYPE_CHECKING:
    from engine.spec import RunSpec

FILE = "trackers.json"
"""In a run's folder: by tracker, the id of its run there, where that is, how far it got and what went wrong."""
FOLDER = "tracking"
"""In a run's folder: the records that trackers keep locally."""

LABELS = {"wandb": "W&B", "trackio": "Trackio", "tensorboard": "TensorBoard", "mlflow": "MLflow"}
PACKAGES = {
    "wandb": ("wandb",),
    "trackio": ("trackio",),
    "tensorboard": ("tensorboard",),
    "mlflow": ("mlflow", "mlflow-skinny"),
}
"""Any of these packages will do; the extra is called like the tracker."""

_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL", re.IGNORECASE)
_LOGIN = re.compile(r"(?<=://)[^/\s@]+@")
SHORTEST = 8
"""Characters of a secret below which it cannot be told from other text."""


@dataclass(frozen=True)
class Record:
    """What ``trackers.json`` says of one tracker."""

    tracker: str
    state: str
    """``open``, ``closed`` or ``off``: switched off since it failed."""
    where: str
    """Address or path of its record, empty while not known."""
    error: str


def refuse_missing(spec: RunSpec) -> None:
    """Raise SpecError when a tracker that ``spec`` asks for is not installed."""
    missing = [name for name in spec.track.to if not installed(name)]
    if missing:
        names = " and ".join(LABELS[name] for name in missing)
        raise SpecError(
            f"track.to asks for {names}, which {'is' if len(missing) == 1 else 'are'} not installed", "",
            f"pip install 'dialtune[{','.join(missing)}]', or leave it out of track.to",
        )  # fmt: skip


def installed(name: str) -> bool:
    """Whether a tracker's package is there. A folder called ``wandb`` beside us is not taken for it."""
    for package in PACKAGES[name]:
        try:
            version(package)
        except PackageNotFoundError:
            continue
        return True
    return False


def records(run: RunFolder) -> list[Record]:
    """What trackers have of ``run``; none of a run that is not tracked. Read leniently."""
    found = []
    for name, values in read_json(run.path / FILE).items():
        if isinstance(values, Mapping):
            words = {key: str(values.get(key) or "") for key in ("state", "where", "error")}
            found.append(Record(name, **words))
    return found


def scrubbed(text: str, environment: Mapping[str, str] | None = None) -> str:
    """``text`` without the values of environment variables that are keys by their names, and without URLs' logins."""
    environment = os.environ if environment is None else environment
    secrets = {
        value for name, value in environment.items() if _SECRET.search(name) and len(value.strip()) >= SHORTEST
    }  # fmt: skip
    for secret in sorted(secrets, key=len, reverse=True):  # one may contain another
        text = text.replace(secret, "***")
    return _LOGIN.sub("***@", text)


def without_secrets(values: Any) -> Any:
    """Plain nested ``values`` with every text :func:`scrubbed`."""
    if isinstance(values, str):
        return scrubbed(values)
    if isinstance(values, Mapping):
        return {key: without_secrets(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [without_secrets(value) for value in values]
    return values
