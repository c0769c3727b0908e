"""One model's answer to one prompt, told token by token."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from transformers import GenerationConfig, StoppingCriteria, StoppingCriteriaList

from engine.data.examples import Example
from engine.data.prompts import choose
from engine.errors import DialtuneError, RunFailed
from engine.playground.protocol import Decoding, Done, Generate, Message, Model, Prompted, Scored, Tokens
from engine.spec import DataSpec, DecodeSpec, FewShotSpec
from engine.worker.batches import Collator, Row
from engine.worker.decoding import encoded, generation_config, generator, sampled
from engine.worker.playground.shelf import Asked, Shelf, asked
from engine.worker.precision import Precision
from engine.worker.prompting import Prompt, build, context, training_examples
from engine.worker.shots import Chooser
from engine.worker.softprompt import prompt_of

TELL_SECONDS = 0.1
"""Text is told this often at most."""

Tell = Callable[[Message], None]


class Cancelled(Exception):  # noqa: N818 - no error: it was asked for
    """The request was cancelled."""


class Answerer:
    """Answers for one model after another; keeps what several prompts need."""

    def __init__(self, shelf: Shelf, precision: Precision, tell: Tell) -> None:
        self._shelf, self._precision, self._tell = shelf, precision, tell
        self._examples: dict[DataSpec, tuple[Example, ...]] = {}
        self._choosers: dict[tuple[DataSpec, FewShotSpec], Chooser] = {}

    def answer(self, request: Generate, model: Model, cancelled: Callable[[], bool]) -> None:
        """Load, prompt, decode and score. Raises DialtuneError; Cancelled where there is not even a prompt yet."""
        wanted = asked(model)
        tokenizer = self._shelf.tokenizer(wanted)
        with self._shelf.using(wanted, request.id) as loaded:
            if cancelled():
                raise Cancelled
            prompt = self._prompt(tokenizer, loaded, wanted, request)
            self._tell(
                Prompted(
                    request.id, model.key, prompt.text, len(prompt.row.source), prompt.row.truncated, prompt.limit,
                    prompt.shots, prompt.dropped,
                )
            )  # fmt: skip
            done = self._decode(loaded, tokenizer, prompt, request, model, cancelled)
        self._tell(done)
        if request.references and not done.cancelled:
            from engine.worker import scoring  # two seconds, which nobody should wait for who wants no score

            (scores,) = scoring.score([done.text], [request.references], [request.dialogue])
            self._tell(Scored(request.id, model.key, scores, len(request.references)))

    def _prompt(self, tokenizer: Any, loaded: Any, wanted: Asked, request: Generate) -> Prompt:
        shots, data = request.shots, wanted.spec.data
        chosen: tuple[Example, ...] = ()
        few: FewShotSpec | None = None
        limit = request.decoding.max_source_tokens or data.max_source_tokens
        if shots.count or shots.ids:
            if data not in self._examples:
                self._examples[data] = training_examples(data)
            chosen = choose(self._examples[data], shots.count, shots.seed, shots.ids, request.dialogue)
            limit = request.decoding.max_source_tokens or context(tokenizer, loaded, limit)
        elif few := wanted.spec.few_shot if wanted.spec.method == "few-shot" else None:
            if (data, few) not in self._choosers:
                self._choosers[data, few] = Chooser(training_examples(data), few)
            chosen, _ = self._choosers[data, few].shots(request.dialogue)
        return build(
            tokenizer, wanted.spec.prompt.template, Example("", request.dialogue, ()), chosen, limit,
            nearest_last=few is not None and few.choice == "similar",
        )  # fmt: skip

    @torch.inference_mode()
    def _decode(
        self, loaded: Any, tokenizer: Any, prompt: Prompt, request: Generate, model: Model,
        cancelled: Callable[[], bool],
    ) -> Done:  # fmt: skip
        def text(ids: torch.Tensor) -> str:
            found: str = tokenizer.decode(ids, skip_special_tokens=True)
            return found.strip()

        watch = _Watch(cancelled)
        stopped = False

        def told(ids: torch.Tensor, tokens: int, seconds: float) -> None:
            so_far = text(ids[0]).rstrip("\ufffd") if request.decoding.streams else ""  # half a character waits
            self._tell(Tokens(request.id, model.key, so_far, tokens, seconds))

        watch.told = told
        torch.manual_seed(request.decoding.seed)
        try:
            with self._precision.autocast():
                output = generator(loaded).generate(
                    **self._inputs(loaded, tokenizer, prompt.row),
                    generation_config=config_of(loaded, request.decoding),
                    stopping_criteria=StoppingCriteriaList([watch]),
                )
            ids = output[0]
        except Cancelled:
            stopped = True
            ids = watch.ids[0] if request.decoding.streams and watch.ids is not None else torch.zeros(0)
        seconds = time.perf_counter() - watch.began
        tokens = int((ids[1:] != tokenizer.pad_token_id).sum())
        return Done(
            request.id,
            model.key,
            text(ids.long()),
            seconds,
            tokens,
            len(prompt.row.source),
            prompt.row.truncated,
            stopped,
        )

    def _inputs(self, loaded: Any, tokenizer: Any, row: Row) -> dict[str, Any]:
        """What a run gives its model when it decodes: on a CPU the encoder's states, else ids."""
        collate = Collator(tokenizer.pad_token_id)
        bare = Row(row.example, row.source)
        on_cpu = self._precision.device.type == "cpu"
        if on_cpu or prompt_of(loaded) is not None:
            return encoded(loaded, [bare], collate, None if on_cpu else self._precision.device)
        return {key: value.to(self._precision.device) for key, value in collate([bare]).items()}


def config_of(model: Any, settings: Decoding) -> GenerationConfig:
    """``settings`` as transformers reads them. They must have no :func:`~engine.playground.protocol.problem`."""
    spec = DecodeSpec(
        max_new_tokens=settings.max_new_tokens,
        beams=settings.beams,
        length_penalty=settings.length_penalty,
        no_repeat_ngram=settings.no_repeat_ngram,
    )
    return sampled(generation_config(model, spec), settings.temperature, settings.top_p, settings.top_k)


class _Watch(StoppingCriteria):
    """Called at every token: tells the text in time, and ends the decoding when it was cancelled."""

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self._cancelled = cancelled
        self.told: Callable[[torch.Tensor, int, float], None] = lambda ids, tokens, seconds: None
        self.ids: torch.Tensor | None = None
        self.began = time.perf_counter()
        self._last = 0.0

    def __call__(self, input_ids: torch.Tensor, scores: Any, **kwargs: Any) -> Any:
        """(rows, tokens) -> (rows,), all false. Raises Cancelled."""
        self.ids = input_ids
        if self._cancelled():
            raise Cancelled
        now = time.perf_counter()
        if now - self._last >= TELL_SECONDS:
            self._last = now
            self.told(input_ids, input_ids.shape[1] - 1, now - self.began)
        return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)


def failure(error: BaseException) -> DialtuneError:
    """What a user is told of ``error``."""
    if isinstance(error, DialtuneError):
        return error
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        where = "The GPU" if isinstance(error, torch.OutOfMemoryError) else "The machine"
        return RunFailed(
            f"{where} ran out of memory", "", "Use fewer beams, unload the models, or choose a smaller base"
        )
    return DialtuneError(
        f"The playground met a fault of its own ({type(error).__name__})", " ".join(str(error).split())[:300],
        "Please report it",
    )  # fmt: skip
