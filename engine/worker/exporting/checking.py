"""Whether an exported model says what the run says: a sample of test dialogues, decoded and compared."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from engine.data.sources import load
from engine.errors import RunFailed
from engine.exporting.forms import Form
from engine.exporting.work import Check
from engine.runs.folder import Prediction, RunFolder
from engine.spec import DataSpec, RunSpec
from engine.worker import scoring
from engine.worker.answering import say
from engine.worker.bases import load_run
from engine.worker.batches import encode_prompts
from engine.worker.decoding import generation_config
from engine.worker.exporting.plainly import Opened, by_transformers

SAMPLE = 8
"""Dialogues that are decoded. A wrong head, a lost adapter or a wrong scale show in the first."""
LIKE = 0.5
"""A quantised model whose summaries share less than this of ROUGE-1 with the run's own is broken, not rounded."""


@dataclass(frozen=True)
class Pair:
    """What the run says of a dialogue, and what the export says."""

    id: str
    wanted: str
    got: str


@dataclass(frozen=True)
class Found:
    """What came of the check."""

    pairs: tuple[Pair, ...]
    exact: bool
    passed: bool
    rouge1_change: float | None
    seconds: float
    anew: int = 0
    """Of how many dialogues the run's model was asked anew."""

    @property
    def differing(self) -> list[Pair]:
        """Where the two are not the same."""
        return [pair for pair in self.pairs if pair.wanted != pair.got]

    def as_check(self) -> Check:
        """For people."""
        return Check(
            len(self.pairs),
            len(self.pairs) - len(self.differing),
            self.exact,
            self.rouge1_change,
            self.seconds,
            self.anew,
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self.as_check())


def check(run: RunFolder, form: Form, export: Opened) -> Found:
    """Ask ``export`` about a sample and compare.

    The run's own summaries are those in ``predictions.jsonl``. Where one differs, and where there are none, the run's
    model is asked anew, in float32 and one dialogue at a time: summaries decoded in bfloat16, on a GPU or in a batch
    may differ in a rounded tie. Then the two computations are the same but for what the export changed. ONNX graphs are
    always compared so where the run decodes in beams, for they are decoded greedily.
    """
    spec = run.spec()
    sample = _sample(run, spec)
    plain_search = spec.decode.beams == 1 and spec.decode.no_repeat_ngram == 0
    greedy = form.name == "onnx" and not plain_search
    exact = form.name != "ct2-int8" and (form.library != "CTranslate2" or plain_search)
    prompts, _, _ = encode_prompts(
        export.tokenizer, spec.prompt.template, [item.dialogue for item in sample], spec.data.max_source_tokens
    )
    began = time.perf_counter()
    got = []
    for at, prompt in enumerate(prompts):
        say(progress=[at, len(prompts)])
        got.append(export.say(prompt))
    seconds = time.perf_counter() - began
    say(progress=[len(prompts), len(prompts)])
    wanted = [item.summary.strip() for item in sample]
    anew = [at for at, text in enumerate(wanted) if not text or greedy or (exact and text != got[at])]
    for at, text in zip(anew, _said_now(run, spec, [prompts[at] for at in anew], greedy), strict=True):
        wanted[at] = text
    pairs = tuple(Pair(item.id, text, said) for item, text, said in zip(sample, wanted, got, strict=True))
    alike = all(pair.wanted == pair.got for pair in pairs)
    passed = alike or (not exact and _likeness(wanted, got) >= LIKE)
    return Found(pairs, exact, passed, _change(sample, wanted, got), seconds, len(anew))


def _sample(run: RunFolder, spec: RunSpec) -> list[Prediction]:
    """Dialogues of the test split, short to long, whole ones first; the built-in ones for a run that decoded none."""
    known = [item for item in run.predictions().values() if item.dialogue.strip()]
    if not known:
        examples = load(DataSpec(train=0, validation=0, test=SAMPLE)).splits.test
        known = [Prediction(one.id, "", one.dialogue, references=one.references) for one in examples]
    if not known:
        raise RunFailed("The export cannot be checked", "There is no dialogue to try it on")
    whole = [item for item in known if not item.truncated] or known
    whole.sort(key=lambda item: (len(item.dialogue), item.id))
    if len(whole) <= SAMPLE:
        return whole
    return [whole[round(at * (len(whole) - 1) / (SAMPLE - 1))] for at in range(SAMPLE)]


def _said_now(run: RunFolder, spec: RunSpec, prompts: Sequence[list[int]], greedy: bool) -> list[str]:
    """What the run's model says now, computed as the library computes."""
    if not prompts:
        return []
    model, tokenizer = load_run(run)
    settings = spec.decode.model_copy(update={"beams": 1, "no_repeat_ngram": 0} if greedy else {})
    ask = by_transformers(model, tokenizer, generation_config(model, settings))
    return [ask(prompt) for prompt in prompts]


def _change(sample: Sequence[Prediction], wanted: Sequence[str], got: Sequence[str]) -> float | None:
    """ROUGE-1 of ``got`` less that of ``wanted``; None without references."""
    at = [place for place, item in enumerate(sample) if item.references]
    if not at:
        return None
    references = [sample[place].references for place in at]
    figures = [
        fmean(score["rouge1"] for score in scoring.score([said[place] for place in at], references))
        for said in (wanted, got)
    ]
    return figures[1] - figures[0]


def _likeness(wanted: Sequence[str], got: Sequence[str]) -> float:
    return fmean(score["rouge1"] for score in scoring.score(list(got), [(text,) for text in wanted]))
