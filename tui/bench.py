"""The playground's state: what is asked of which models, and what has come back. Knows no Textual.

One bench lives as long as the terminal, so that models stay loaded while one looks at other screens.
"""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from engine import builtin, methods, tasks
from engine.playground import protocol as say
from engine.playground.client import Client, Gone
from engine.playground.protocol import Decoding, Model, Shots
from engine.results import facts
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace

MOST_MODELS = 8
"""Models asked at once; more columns than this say little."""

State = Literal["waiting", "loading", "reading", "decoding", "done", "cancelled", "failed"]


@dataclass(frozen=True)
class Draft:
    """What stands on the screen, ready to be asked."""

    dialogue: str = ""
    references: tuple[str, ...] = ()
    origin: str = ""
    """Where the dialogue is from: a file, a run's test split; empty when it was typed."""
    file: str = ""
    """The file it is, unchanged; empty when it is none."""


@dataclass(frozen=True)
class Answer:
    """What one model has said so far."""

    model: Model
    state: State = "waiting"
    text: str = ""
    tokens: int = 0
    seconds: float = 0.0
    loading: say.Loading | None = None
    prompt: say.Prompted | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    references: int = 0
    problem: tuple[str, str, str] = ("", "", "")
    """What happened, why, and what to do, where it failed."""

    @property
    def over(self) -> bool:
        """Whether nothing more comes, scores aside."""
        return self.state in ("done", "cancelled", "failed")

    @property
    def speed(self) -> float:
        """New tokens a second."""
        return self.tokens / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True)
class Choice:
    """A model that can be asked, as the list of them shows it."""

    model: Model
    name: str
    method: str
    base: str
    rouge1: float | None = None


def run_model(run: RunFolder) -> Model:
    """A run's model."""
    return Model(f"run {run.name}", run=str(run.path.resolve()))


def base_model(name: str) -> Model:
    """A base as it is; a folder's path is made absolute. Blocks on the disk."""
    place = name
    if name != builtin.NAME:
        with contextlib.suppress(OSError, RuntimeError):  # RuntimeError: ~somebody whom this machine does not know
            path = Path(name).expanduser()
            place = str(path.resolve()) if path.exists() else name
    return Model(f"base {name}", base=place)


def remembered(workspace: Workspace, keys: Sequence[str]) -> list[Model]:
    """The models of the last session that are still there, by their keys. Blocks on the disk."""
    found = []
    for key in keys:
        kind, _, name = key.partition(" ")
        run = RunFolder(workspace.path / name)
        if kind == "run" and name and (run.path / "spec.toml").is_file():
            found.append(run_model(run))
        elif kind == "base" and name:
            found.append(base_model(name))
    return found[:MOST_MODELS]


def choices(workspace: Workspace, bases: Sequence[Model]) -> list[Choice]:
    """Runs that have a model, newest first; then bases: the built-in one, those of the runs, and ``bases``. Blocks."""
    found = []
    names = [builtin.NAME]
    for run in workspace.runs(archived=False):
        spec = facts.asked(run)
        method, base = facts.word(spec, "method"), facts.word(spec, "base", "name")
        learnt = (run.model_path / "README.md").is_file()
        task = tasks.of(facts.task(run))
        if base and (learnt or method in methods.UNTRAINED) and not (task and "playground" in task.refused):
            rouge1 = facts.figure(run.scores(), "metrics", "rouge1")
            found.append(Choice(run_model(run), run.name, method, base, rouge1))
            names.append(base)
    models = [base_model(name) for name in dict.fromkeys(names)]
    models += [base for base in bases if base.key not in {model.key for model in models}]
    return found + [Choice(model, model.key.partition(" ")[2], "as it is", "") for model in models]


class Bench:
    """Asks a server, which it starts when there is something to ask, and collects what comes back."""

    def __init__(self, start: Callable[[], Client] = Client) -> None:
        """``start`` starts a server."""
        self.draft = Draft()
        self.models: list[Model] = []
        self.decoding = Decoding()
        self.shots = Shots()
        self.answers: dict[str, Answer] = {}
        self.asked: say.Generate | None = None
        """The request whose answers these are."""
        self.asked_draft = Draft()
        self.busy = False
        self.ready: say.Ready | None = None
        self.memory: say.Memory | None = None
        self.notices: list[tuple[str, str]] = []
        """Severity and text of what a person should be told; whoever tells it takes it out."""
        self._start = start
        self._client: Client | None = None
        self._count = 0

    @property
    def pid(self) -> int | None:
        """The server's process; None without one."""
        return self._client.pid if self._client else None

    @property
    def server(self) -> Literal["off", "starting", "ready"]:
        """How the server is."""
        return "off" if self._client is None else "starting" if self.ready is None else "ready"

    def ask(self) -> str:
        """Ask the chosen models what stands in the draft; a sentence where something is missing, else empty."""
        if self.busy:
            return "The models are at work. Stop them first."
        if not self.draft.dialogue.strip():
            return "There is no dialogue yet. Type or paste one, open a file, or take a sample."
        if not self.models:
            return "No model is chosen yet."
        if wrong := say.problem(self.decoding) or say.problem(self.shots):
            return wrong
        self._count += 1
        self.asked = say.Generate(
            self._count, tuple(self.models), self.draft.dialogue, self.decoding, self.shots, self.draft.references
        )
        self.asked_draft = self.draft
        self.answers = {model.key: Answer(model) for model in self.models}
        self.busy = True
        self._server().send(self.asked)
        return ""

    def stop(self) -> bool:
        """Cancel what is at work; whether there was something."""
        if self.busy and self._client is not None and self.asked is not None:
            self._client.send(say.Cancel(self.asked.id))
            return True
        return False

    def unload(self) -> bool:
        """Give the models' memory back; whether there is a server to do so."""
        if self._client is not None:
            self._client.send(say.Unload())
        return self._client is not None

    def close(self, wait: float | None = None) -> None:
        """End the server. ``wait``: seconds to block until it has ended."""
        if self._client is not None:
            self._client.close(wait)

    def drain(self) -> bool:
        """Take what has come back; whether there was anything."""
        changed = False
        while self._client is not None:
            try:
                message = self._client.answers.get_nowait()
            except queue.Empty:
                break
            changed = True
            self._take(message)
        return changed

    def _server(self) -> Client:
        if self._client is None or self._client.over:
            self.ready = self.memory = None
            self._client = self._start()
        return self._client

    def _take(self, message: say.Message) -> None:
        if isinstance(message, Gone):
            self._gone(message.reason)
        elif isinstance(message, say.Ready):
            self.ready = message
        elif isinstance(message, say.Memory):
            self.memory = message
        elif isinstance(message, say.Unloaded):
            self.notices.append(("information", f"{message.what} was unloaded {message.reason}.".replace(" .", ".")))
        elif self.asked is None or getattr(message, "id", None) != self.asked.id:
            return
        elif isinstance(message, say.Finished):
            self.busy = False
            for key, answer in self.answers.items():
                if not answer.over:
                    self.answers[key] = replace(answer, state="cancelled")
        else:
            key = getattr(message, "model", "")
            if key in self.answers:
                self.answers[key] = _told(self.answers[key], message)

    def _gone(self, reason: str) -> None:
        self._client = None
        self.ready = self.memory = None
        if self.busy or reason:
            why = reason or "The playground's process has ended."
            self.notices.append(("error" if self.busy else "warning", why))
            for key, answer in self.answers.items():
                if not answer.over:
                    todo = "Run again: a new one starts"
                    self.answers[key] = replace(answer, state="failed", problem=("It was cut off", why, todo))
        self.busy = False


def _told(answer: Answer, message: say.Message) -> Answer:
    """``answer`` after ``message``."""
    if isinstance(message, say.Loading):
        return replace(answer, state="loading", loading=message)
    if isinstance(message, say.Loaded):
        return replace(answer, state="reading")
    if isinstance(message, say.Prompted):
        return replace(answer, state="decoding", prompt=message)
    if isinstance(message, say.Tokens):
        return replace(answer, state="decoding", text=message.text, tokens=message.tokens, seconds=message.seconds)
    if isinstance(message, say.Done):
        return replace(
            answer, state="cancelled" if message.cancelled else "done", text=message.text, tokens=message.tokens,
            seconds=message.seconds,
        )  # fmt: skip
    if isinstance(message, say.Scored):
        return replace(answer, scores=message.scores, references=message.references)
    if isinstance(message, say.Failed):
        return replace(answer, state="failed", problem=(message.happened, message.why, message.todo))
    return answer
