"""What a terminal and a playground server say to each other: one JSON object a line, each with its ``kind``.

The terminal writes requests to the server's standard input, the server answers on its standard output. Both skip
lines that are damaged or of a kind they do not know, and fields they do not know, so that they need not be of one
version. The end of its input ends the server at once, as does the end of the terminal's process, or ``idle`` seconds
without a request.

::

    server: ready                       the training stack is there; comes by itself, then ``memory`` now and then
    terminal: generate                  one dialogue for several models, answered one after another, in their order:
    server: loading, loaded             only for a model that is not there yet; ``unloaded`` for what made room for it
    server: prompted                    the prompt as the model reads it
    server: tokens ...                  the text so far, ten times a second at most; none while beams are searched
    server: done, scored                or ``failed``; then the next model
    server: finished                    nothing more comes of this request
    terminal: cancel                    ends a request within a token; what is there is told by ``done``
    terminal: unload                    give models' memory back

Sizes are bytes, durations seconds, ROUGE figures 0 to 1.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar

from engine.runs import shapes
from engine.runs.files import parse_json


@dataclass(frozen=True)
class Message:
    """What every line has."""

    kind: ClassVar[str] = ""


# -- what is asked --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Model:
    """A run's model, or a base as it is. Answers name it by ``key``."""

    key: str
    run: str = ""
    """Absolute path of a run folder; empty for a base."""
    base: str = ""
    """``builtin``, the absolute path of a folder, or a hub id; empty for a run."""


@dataclass(frozen=True)
class Shots:
    """Worked examples in front of the dialogue, from the train split of the run's data (the built-in for a base)."""

    count: int = field(default=0, metadata={"label": "shots", "low": 0, "high": 20, "help": "worked examples"})
    seed: int | None = field(
        default=None, metadata={"label": "shots seed", "low": 0, "high": 2**32 - 1, "help": "empty: the first ones"}
    )
    """Draws them at random; None takes the first ones."""
    ids: tuple[str, ...] = field(default=(), metadata={"label": "shot ids", "help": "these examples, with commas"})
    """Takes these, whatever ``count`` and ``seed`` say."""


@dataclass(frozen=True)
class Decoding:
    """How summaries are decoded: greedy unless there are beams or a temperature."""

    max_new_tokens: int = field(
        default=128, metadata={"label": "new tokens", "low": 1, "high": 4096, "help": "longest summary"}
    )
    beams: int = field(default=1, metadata={"label": "beams", "low": 1, "high": 64, "help": "1: greedy or sampling"})
    length_penalty: float = field(
        default=1.0, metadata={"label": "length penalty", "low": -10, "high": 10, "help": "of beams; above 0: longer"}
    )
    no_repeat_ngram: int = field(
        default=0, metadata={"label": "no-repeat n-gram", "low": 0, "high": 20, "help": "0: repeats are allowed"}
    )
    temperature: float = field(
        default=0.0, metadata={"label": "temperature", "low": 0, "high": 10, "help": "0: no sampling"}
    )
    top_p: float = field(
        default=1.0, metadata={"label": "top p", "low": 0.01, "high": 1, "help": "of sampling; 1: all"}
    )
    top_k: int = field(default=0, metadata={"label": "top k", "low": 0, "high": 100_000, "help": "of sampling; 0: all"})
    seed: int = field(default=42, metadata={"label": "seed", "low": 0, "high": 2**32 - 1, "help": "of sampling"})
    max_source_tokens: int = field(
        default=0, metadata={"label": "prompt tokens", "low": 0, "high": 16384, "help": "longest prompt; 0: the run's"}
    )
    """Longest prompt; 0 takes the run's own limit, and with shots what the base can read."""

    @property
    def sampling(self) -> bool:
        """Whether tokens are drawn."""
        return self.temperature > 0

    @property
    def streams(self) -> bool:
        """Whether text can be shown while it is decoded: beams may still change every word."""
        return self.beams == 1

    @property
    def summary(self) -> str:
        """A few words: ``greedy, 128 tokens``."""
        if self.sampling:
            words = [f"sampling T={self.temperature:g}"]
            words += [f"p={self.top_p:g}"] if self.top_p < 1 else []
            words += [f"k={self.top_k}"] if self.top_k else []
            words.append(f"seed {self.seed}")
        else:
            words = ["greedy"] if self.beams == 1 else [f"{self.beams} beams"]
            words += [f"penalty {self.length_penalty:g}"] if self.beams > 1 and self.length_penalty != 1 else []
        words += [f"no {self.no_repeat_ngram}-gram twice"] if self.no_repeat_ngram else []
        return ", ".join([" ".join(words), f"{self.max_new_tokens} tokens"])


def problem(settings: Decoding | Shots) -> str:
    """A sentence on the first value that cannot be used; empty when all can."""
    for one in fields(settings):
        low, high, value = one.metadata.get("low"), one.metadata.get("high"), getattr(settings, one.name)
        if low is not None and high is not None and value is not None and not low <= value <= high:
            return f"{one.metadata['label']} must be {low:g} to {high:g}, not {value:g}."
    if isinstance(settings, Decoding) and settings.sampling and settings.beams > 1:
        return "Beams and a temperature do not go together: set beams to 1 or temperature to 0."
    return ""


@dataclass(frozen=True)
class Generate(Message):
    """Summarise ``dialogue`` with each of ``models``, in that order."""

    kind = "generate"
    id: int
    models: tuple[Model, ...]
    dialogue: str
    decoding: Decoding = Decoding()
    shots: Shots = Shots()
    references: tuple[str, ...] = ()
    """Human summaries to score against; without any nothing is scored."""


@dataclass(frozen=True)
class Cancel(Message):
    """End the request ``id``, whether it is at work or waits."""

    kind = "cancel"
    id: int


@dataclass(frozen=True)
class Unload(Message):
    """Give the memory of every loaded model back."""

    kind = "unload"


@dataclass(frozen=True)
class AskStatus(Message):
    """Answer with ``memory`` now; does not count as use."""

    kind = "ask-status"


# -- what is answered -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Ready(Message):
    """The training stack is loaded."""

    kind = "ready"
    device: str
    """``cpu``, ``mps``, or the GPU's name."""
    dtype: str
    reason: str = ""
    """Why this dtype."""


@dataclass(frozen=True)
class Loading(Message):
    """A model's weights are being read; ``size`` 0 where it is not known."""

    kind = "loading"
    id: int
    model: str
    size: int = 0
    what: str = ""
    """``base`` or ``adapter``."""


@dataclass(frozen=True)
class Loaded(Message):
    """They are there."""

    kind = "loaded"
    id: int
    model: str
    seconds: float
    size: int = 0


@dataclass(frozen=True)
class Unloaded(Message):
    """Memory was given back: ``what`` was loaded, and why it had to go."""

    kind = "unloaded"
    what: str
    size: int
    reason: str = ""


@dataclass(frozen=True)
class Prompted(Message):
    """What the model is about to read."""

    kind = "prompted"
    id: int
    model: str
    prompt: str
    tokens: int
    truncated: bool = False
    """Whether the dialogue lost its end."""
    limit: int = 0
    """Tokens a prompt may have here."""
    shots: tuple[str, ...] = ()
    """Ids of the worked examples in it."""
    dropped: tuple[str, ...] = ()
    """Ids of those that did not fit."""


@dataclass(frozen=True)
class Tokens(Message):
    """The text so far; empty while beams are searched."""

    kind = "tokens"
    id: int
    model: str
    text: str
    tokens: int
    seconds: float


@dataclass(frozen=True)
class Done(Message):
    """The summary, or, ``cancelled``, as much as there is of it. ``seconds``: encoder and decoder, no loading."""

    kind = "done"
    id: int
    model: str
    text: str
    seconds: float
    tokens: int
    """New ones, the end mark included."""
    prompt_tokens: int
    truncated: bool = False
    cancelled: bool = False

    @property
    def speed(self) -> float:
        """New tokens a second."""
        return self.tokens / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True)
class Scored(Message):
    """``rouge1``, ``rouge2``, ``rougeL``, ``rougeLsum``: mean over references; with ``_best`` the best of them."""

    kind = "scored"
    id: int
    model: str
    scores: dict[str, float]
    references: int


@dataclass(frozen=True)
class Failed(Message):
    """A model could not answer; the others still do."""

    kind = "failed"
    id: int
    model: str
    happened: str
    why: str = ""
    todo: str = ""


@dataclass(frozen=True)
class Finished(Message):
    """Nothing more comes of the request."""

    kind = "finished"
    id: int


@dataclass(frozen=True)
class Memory(Message):
    """What the server holds."""

    kind = "memory"
    process: int
    """Resident memory."""
    device: int | None = None
    """Held on the GPU; None without one."""
    models: tuple[str, ...] = ()
    """What is loaded, least recently used first."""


@dataclass(frozen=True)
class Bye(Message):
    """The server ends by itself."""

    kind = "bye"
    reason: str


KINDS: dict[str, type[Message]] = {
    kind.kind: kind
    for kind in (
        Generate, Cancel, Unload, AskStatus, Ready, Loading, Loaded, Unloaded, Prompted, Tokens, Done, Scored, Failed,
        Finished, Memory, Bye,
    )
}  # fmt: skip


def encode(message: Message) -> str:
    """``message`` as one line of ASCII JSON, newline included. Raises ValueError for NaN or infinity."""
    values: dict[str, Any] = {"kind": message.kind, **asdict(message)}
    return json.dumps(values, allow_nan=False) + "\n"  # ASCII: a lone surrogate must not end a process


def decode(line: str) -> Message | None:
    """The message of one line, or None for a line that is damaged or of an unknown kind."""
    try:
        values = parse_json(line)
        return shapes.read(KINDS[values["kind"]], values)
    except (ValueError, TypeError, KeyError):
        return None
