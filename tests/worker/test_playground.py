"""The playground server: a real process on the built-in base, and its shelf of models."""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest
from safetensors.torch import load_file, save_file

from engine import builtin
from engine.data.sources import load
from engine.errors import BaseError
from engine.playground import protocol as say
from engine.playground.client import ROOT, Client, Gone
from engine.playground.protocol import Decoding, Model, Shots
from engine.runs import checksums
from engine.runs.folder import RunFolder
from engine.spec import BaseSpec, DataSpec
from tests.worker.conftest import Make, work

BASE = Model("base builtin", base=builtin.NAME)
TALK = "#Person1#: I would like to return this kettle.\n#Person2#: Do you have the receipt?\n#Person1#: Here it is."
M = TypeVar("M", bound=say.Message)


class Talk:
    """A client, and all that its server has said."""

    def __init__(self, **options: Any) -> None:
        self.client = Client(**options)
        self.heard: list[say.Message] = []
        self._count = 0

    def ask(self, *models: Model, **settings: Any) -> int:
        self._count += 1
        dialogue = settings.pop("dialogue", TALK)
        self.client.send(say.Generate(self._count, models, dialogue, **settings))
        return self._count

    def hear(self, kind: type[M], true: Callable[[M], bool] = lambda message: True, seconds: float = 60) -> M:
        """Listen until there is such a message."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                message = self.client.answers.get(timeout=max(deadline - time.monotonic(), 0.01))
            except queue.Empty:
                pytest.fail(f"no {kind.__name__} among {self.heard[-20:]}")
            self.heard.append(message)
            if isinstance(message, kind) and true(message):
                return message
            if isinstance(message, Gone):
                pytest.fail(f"no {kind.__name__}: {message.reason} after {self.heard[-20:]}")

    def answers(self, *models: Model, **settings: Any) -> list[say.Message]:
        """All that is said to one request."""
        del self.heard[:]
        id = self.ask(*models, **settings)
        self.hear(say.Finished, lambda message: message.id == id)
        return [message for message in self.heard if not isinstance(message, say.Memory)]  # told in its own time


def only(messages: list[say.Message], kind: type[M]) -> list[M]:
    return [message for message in messages if isinstance(message, kind)]


@pytest.fixture(scope="module")
def talk() -> Iterator[Talk]:
    """One server for those tests that leave it alive."""
    found = Talk()
    found.hear(say.Ready)
    yield found
    found.client.close(wait=10)
    assert found.client.over


def test_answers_stream_and_the_second_prompt_loads_nothing(talk: Talk) -> None:
    first = talk.answers(BASE)
    kinds = [type(message) for message in first]
    assert kinds[:3] == [say.Loading, say.Loaded, say.Prompted] and kinds[-1] is say.Finished
    loading, prompted, done = only(first, say.Loading)[0], only(first, say.Prompted)[0], only(first, say.Done)[0]
    assert loading.size == only(first, say.Loaded)[0].size > 20_000_000, "known before loading, from the header"
    assert prompted.prompt == f"Summarize the following conversation.\n\n{TALK}\n\nSummary: "
    told = only(first, say.Tokens)
    assert told and all(done.text.startswith(message.text) for message in told)
    assert [message.tokens for message in told] == sorted(message.tokens for message in told)
    assert done.tokens > 3 and done.prompt_tokens == prompted.tokens and not done.truncated and done.speed > 0
    second = talk.answers(BASE)
    assert not only(second, say.Loading) and not only(second, say.Loaded)
    assert only(second, say.Done)[0].text == done.text
    talk.client.send(say.AskStatus())
    memory = talk.hear(say.Memory)
    assert memory.models == ("builtin",) and memory.process > 100 << 20


def test_a_reference_is_scored(talk: Talk) -> None:
    first = talk.answers(BASE)
    text = only(first, say.Done)[0].text
    (scored,) = only(talk.answers(BASE, references=(text, "nothing alike")), say.Scored)
    assert scored.scores["rouge1_best"] == 1.0 and scored.scores["rouge1"] == 0.5 and scored.references == 2
    assert {"rouge2", "rougeL", "rougeLsum"} <= set(scored.scores)


def test_decoding_settings_hold(talk: Talk) -> None:
    def said(**settings: Any) -> str:
        (done,) = only(talk.answers(BASE, decoding=Decoding(max_new_tokens=12, **settings)), say.Done)
        assert done.tokens <= 12
        return done.text

    greedy, drawn = said(), said(temperature=1.5, seed=1)
    assert drawn == said(temperature=1.5, seed=1) != said(temperature=1.5, seed=2)
    assert said(temperature=1.5, top_k=1) == greedy
    beams = talk.answers(BASE, decoding=Decoding(beams=3))
    assert all(message.text == "" for message in only(beams, say.Tokens)) and only(beams, say.Done)[0].text
    (failed,) = only(talk.answers(BASE, decoding=Decoding(beams=0)), say.Failed)
    assert "beams must be 1 to 64" in failed.why


def test_a_cancelled_model_stops_within_a_token_and_the_rest_is_left(talk: Talk) -> None:
    del talk.heard[:]
    endless = Decoding(max_new_tokens=4000, temperature=10.0)  # the end mark is one of 8,000 tokens as likely
    id = talk.ask(BASE, BASE, decoding=endless)
    later = talk.ask(BASE)
    talk.hear(say.Tokens, lambda message: message.id == id)
    talk.client.send(say.Cancel(later))
    talk.client.send(say.Cancel(id))
    talk.hear(say.Finished, lambda message: message.id == later)
    (done,) = only(talk.heard, say.Done)
    assert done.cancelled and done.id == id and 0 < done.tokens < 3000
    assert only(talk.answers(BASE), say.Done), "it goes on with the next one"


def test_shots_stand_in_the_prompt_and_those_without_room_are_told(talk: Talk) -> None:
    train = load(DataSpec(validation=0, test=0)).splits.train
    (prompted,) = only(talk.answers(BASE, shots=Shots(1)), say.Prompted)
    first = f"Summarize the following conversation.\n\n{train[0].dialogue}\n\nSummary: {train[0].references[0]}\n\n\n"
    assert prompted.prompt.startswith(first) and prompted.prompt.endswith(f"{TALK}\n\nSummary: ")
    assert prompted.shots == (train[0].id,) and not prompted.dropped
    (prompted,) = only(talk.answers(BASE, shots=Shots(20, seed=3)), say.Prompted)
    assert prompted.dropped and len(prompted.shots) + len(prompted.dropped) == 20 and prompted.tokens <= 512
    (failed,) = only(talk.answers(BASE, shots=Shots(ids=("nobody",))), say.Failed)
    assert "no example 'nobody'" in failed.happened


def test_a_megabyte_is_cut_and_the_instruction_stays(talk: Talk) -> None:
    found = talk.answers(BASE, dialogue="#Person1#: {dialogue} \x00\u202e and so on.\n" * 30_000)
    (prompted,) = only(found, say.Prompted)
    assert prompted.truncated and prompted.tokens <= 512 and prompted.prompt.endswith("Summary:")
    assert only(found, say.Done)[0].truncated


def test_what_cannot_be_loaded_is_told_and_the_others_answer(talk: Talk, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "gone")
    found = talk.answers(
        Model("base nowhere", base=str(tmp_path / "nowhere")), Model("run gone", run=str(run.path)), BASE
    )
    failed = only(found, say.Failed)
    assert [message.model for message in failed] == ["base nowhere", "run gone"]
    assert "There is no base at" in failed[0].happened and "no readable spec" in failed[1].happened
    assert only(found, say.Done)[0].model == BASE.key
    (failed_,) = only(talk.answers(BASE, dialogue=" \n"), say.Failed)
    assert "no dialogue" in failed_.happened


def test_adapters_share_their_base_and_say_what_their_runs_predict(talk: Talk, make: Make) -> None:
    run = make(
        "lora",
        **{
            "base.name": "builtin", "train.learning_rate": 3e-2, "train.max_steps": 3, "decode.max_new_tokens": 24,
            "data.validation": 0,
        },
    )  # fmt: skip
    work(run)
    other = other_way_round(run)
    models = [Model(f"run {one.name}", run=str(one.path)) for one in (run, other)]
    short = Decoding(max_new_tokens=24)
    (before,) = only(talk.answers(BASE, decoding=short), say.Done)
    different = []
    for prediction in list(run.predictions().values())[:3]:
        found = talk.answers(
            *models, BASE, dialogue=prediction.dialogue, decoding=short, references=prediction.references
        )
        assert {message.what for message in only(found, say.Loading)} <= {"adapter"}, "the base was there"
        done = only(found, say.Done)
        assert (done[0].text, done[0].tokens) == (prediction.summary, prediction.tokens)
        assert only(found, say.Scored)[0].scores == pytest.approx(prediction.scores)
        different.append(len({message.text for message in done}))
    assert max(different) == 3, "each adapter has its own say, and the base too"
    (after,) = only(talk.answers(BASE, decoding=short), say.Done)
    assert after.text == before.text, "without its adapters the base is what it was"
    talk.client.send(say.AskStatus())
    talk.hear(say.Memory, lambda message: message.models == ("builtin with 2 adapters",))

    os.utime(run.model_path / "README.md", (1, 1))
    again = talk.answers(models[0], decoding=short)
    assert [message.what for message in only(again, say.Loading)] == ["adapter"], "it was trained anew"
    talk.client.send(say.AskStatus())
    talk.hear(say.Memory, lambda message: message.models == ("builtin with 2 adapters",))
    talk.client.send(say.Unload())
    assert talk.hear(say.Unloaded).reason == "as asked"


def other_way_round(run: RunFolder) -> RunFolder:
    """A copy of a lora run that has learnt the opposite."""
    copy = RunFolder(run.path.with_name("opposite"))
    shutil.copytree(run.path, copy.path)
    weights = copy.model_path / "adapter_model.safetensors"
    learnt = load_file(weights)
    save_file({name: -tensor if "lora_B" in name else tensor for name, tensor in learnt.items()}, weights)
    checksums.write(copy.model_path)
    return copy


# -- how it ends ----------------------------------------------------------------------------------


def gone(pid: int, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_idle_it_leaves_with_a_word() -> None:
    talk = Talk(idle=0.5)
    talk.hear(say.Ready)
    reason = talk.hear(Gone).reason
    assert reason == "Nobody asked the playground anything for 0.5 seconds, so it gave its memory back."


def test_it_goes_with_its_terminal_even_while_it_loads(tmp_path: Path) -> None:
    code = (
        "import sys, time, os\n"
        "from engine.playground.client import Client\n"
        "client = Client()\n"
        "while client.pid is None: time.sleep(0.01)\n"
        "if os.fork() == 0: time.sleep(60)\n"  # a child that holds the pipe open
        "print(os.getpid(), client.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    terminal = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert terminal.stdout is not None
    pid, server = map(int, terminal.stdout.readline().split())
    children = [child for child in psutil.Process(pid).children() if child.pid != server]
    terminal.kill()
    terminal.wait()
    try:
        assert gone(server)
    finally:
        for child in children:
            child.kill()


# -- the shelf ------------------------------------------------------------------------------------


def test_the_least_recently_used_model_makes_room(tiny_base: Path, tmp_path: Path) -> None:
    from engine.worker.playground.shelf import Shelf, asked, weights_size
    from engine.worker.precision import choose

    names = [tmp_path / name for name in ("first", "second", "third")]
    for name in names:
        shutil.copytree(tiny_base, name)
    size = weights_size(BaseSpec(name=str(names[0])))
    heard: list[say.Message] = []
    shelf = Shelf(choose("float32"), int(2.5 * size), heard.append)
    wanted = [asked(Model(f"base {name.name}", base=str(name))) for name in names]
    for model in (wanted[0], wanted[1], wanted[0], wanted[2]):
        with shelf.using(model, 1) as loaded:
            assert sum(p.numel() * 4 for p in loaded.parameters()) == size
    (unloaded,) = only(heard, say.Unloaded)
    assert (unloaded.what, unloaded.reason) == (str(names[1]), "to make room for base third")
    assert shelf.names == (str(names[0]), str(names[2]))
    with (
        pytest.raises(BaseError, match=r"base builtin does not fit.*need 2\d MiB, and \d MiB are free of the") as error,
        shelf.using(asked(BASE), 1),
    ):
        pass
    assert "Choose a smaller base" in error.value.todo
    assert len(shelf.names) == 2, "nothing is unloaded where that would not help"
    shelf.clear("as asked")
    assert shelf.names == () and len(only(heard, say.Unloaded)) == 3
