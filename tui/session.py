"""What the terminal showed last on a workspace, so that it opens there again.

One small file a workspace in ``$XDG_STATE_HOME/dialtune``, never in the workspace: two people may watch one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.home import state_folder
from engine.runs import shapes
from engine.runs.files import read_json, write_json


@dataclass(frozen=True)
class Explored:
    """How the dialogues were shown."""

    query: str = ""
    metric: str = ""
    hidden: tuple[str, ...] = ()
    """Models that were not shown."""
    pinned: tuple[str, ...] = ()
    pair: tuple[str, ...] = ()
    """The two models of the difference column; none without one."""
    marks: str = ""
    """What was underlined in the summaries."""


@dataclass(frozen=True)
class Session:
    """Where one was, and how the runs were shown."""

    screen: str = "runs"
    """``runs``, ``live``, ``explore``, ``board``, ``data`` or ``playground``."""
    runs: tuple[str, ...] = ()
    """The run on the live screen, those compared, or the one whose data were looked at."""
    sort: str = "created"
    """Key of the column the runs are sorted by."""
    reverse: bool = False
    words: str = ""
    """The filter's."""
    archived: bool = False
    """Whether archived runs are shown."""
    source: str = ""
    """The data looked at last."""
    models: tuple[str, ...] = ()
    """Keys of the models chosen in the playground: ``run NAME`` or ``base NAME``."""
    explored: Explored = Explored()


def load(workspace: Path) -> Session:
    """The last session on ``workspace``; a fresh one where there was none or its file is damaged."""
    values = read_json(place_of(workspace))
    return shapes.read(Session, values if isinstance(values, Mapping) else {}, lenient=True)


def save(workspace: Path, session: Session) -> None:
    """Keep ``session``; a home that cannot be written just forgets it."""
    with contextlib.suppress(OSError):
        place_of(workspace).parent.mkdir(parents=True, exist_ok=True)
        write_json(place_of(workspace), asdict(session))


def place_of(workspace: Path) -> Path:
    """The workspace's own file."""
    name = hashlib.sha256(os.fsencode(workspace.resolve())).hexdigest()[:16]
    return state_folder() / f"{name}.json"
