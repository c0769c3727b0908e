"""The playground's state, its history, and what is kept of its answers; no screen, no server."""

from __future__ import annotations

import json
import queue
import stat
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.errors import DataError
from engine.playground import protocol as say
from engine.playground.client import Gone
from engine.playground.protocol import Decoding, Model, Shots
from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tui import bench, history, transcript
from tui.bench import Answer, Bench, Draft

RUN, BASE = Model("run lora", run="/runs/lora"), Model("base builtin", base="builtin")
TALK = Draft("A: When does the train leave?\nB: At four.", ("A asks for the train.",))


class Scripted:
    """A client whose answers the test puts in."""

    def __init__(self) -> None:
        self.answers: queue.SimpleQueue[say.Message] = queue.SimpleQueue()
        self.sent: list[say.Message] = []
        self.over = False
        self.pid = 1

    def send(self, request: say.Message) -> None:
        self.sent.append(request)

    def close(self, wait: float | None = None) -> None:
        self.over = True


@pytest.fixture
def started() -> list[Scripted]:
    return []


@pytest.fixture
def desk(started: list[Scripted]) -> Bench:
    """A bench with a dialogue and two models, not asked yet."""

    def start() -> Any:
        started.append(Scripted())
        return started[-1]

    found = Bench(start)
    found.draft, found.models = TALK, [RUN, BASE]
    return found


def hear(desk: Bench, started: list[Scripted], *messages: say.Message) -> None:
    for message in messages:
        started[-1].answers.put(message)
    assert desk.drain() == bool(messages)


def test_nothing_is_started_before_there_is_something_to_ask(desk: Bench, started: list[Scripted]) -> None:
    desk.draft = Draft("  \n")
    assert "no dialogue" in desk.ask()
    desk.draft, desk.models = TALK, []
    assert "No model" in desk.ask()
    desk.models, desk.decoding = [RUN], Decoding(beams=2, temperature=1.0)
    assert "do not go together" in desk.ask()
    desk.decoding, desk.shots = Decoding(), Shots(99)
    assert "shots must be" in desk.ask()
    assert not started and desk.server == "off" and not desk.stop() and not desk.unload() and not desk.drain()


def test_an_answer_from_its_beginning_to_its_scores(desk: Bench, started: list[Scripted]) -> None:
    assert desk.ask() == ""
    (request,) = started[0].sent
    assert isinstance(request, say.Generate)
    assert (request.dialogue, request.references, request.models) == (TALK.dialogue, TALK.references, (RUN, BASE))
    assert desk.server == "starting" and desk.busy and "at work" in desk.ask()
    hear(desk, started, say.Ready("cpu", "float32"), say.Loading(1, RUN.key, 100, "base"))
    assert desk.server == "ready" and desk.answers[RUN.key].state == "loading"
    assert desk.answers[BASE.key].state == "waiting"
    hear(desk, started, say.Loaded(1, RUN.key, 2.0), say.Prompted(1, RUN.key, "Summarize", 80))
    assert desk.answers[RUN.key].state == "decoding"
    hear(desk, started, say.Tokens(1, RUN.key, "A asks", 2, 0.5))
    answer = desk.answers[RUN.key]
    assert (answer.text, answer.speed, answer.over) == ("A asks", 4.0, False)
    hear(desk, started, say.Done(1, RUN.key, "A asks when.", 1.0, 5, 80), say.Scored(1, RUN.key, {"rouge1": 0.5}, 1))
    answer = desk.answers[RUN.key]
    assert (answer.state, answer.text, answer.scores) == ("done", "A asks when.", {"rouge1": 0.5})
    hear(desk, started, say.Failed(1, BASE.key, "It broke", "So", "Mend it"), say.Finished(1))
    assert desk.answers[BASE.key].problem == ("It broke", "So", "Mend it") and not desk.busy
    assert desk.ask() == "" and len(started) == 1, "the server is kept"


def test_answers_to_an_older_request_are_not_mixed_in(desk: Bench, started: list[Scripted]) -> None:
    desk.ask()
    hear(desk, started, say.Finished(1))
    desk.ask()
    hear(desk, started, say.Tokens(1, RUN.key, "old", 1, 0.1), say.Done(1, RUN.key, "old", 0.1, 1, 5), say.Finished(1))
    assert desk.busy and desk.answers[RUN.key].text == ""
    hear(desk, started, say.Tokens(2, "run other", "whose?", 1, 0.1))
    assert set(desk.answers) == {RUN.key, BASE.key}


def test_stopping_cancels_what_is_asked(desk: Bench, started: list[Scripted]) -> None:
    desk.ask()
    assert desk.stop() and started[0].sent[-1] == say.Cancel(1)
    hear(desk, started, say.Done(1, RUN.key, "A as", 0.2, 2, 80, cancelled=True), say.Finished(1))
    assert [answer.state for answer in desk.answers.values()] == ["cancelled", "cancelled"]
    assert desk.answers[RUN.key].text == "A as"


def test_a_server_that_dies_is_told_and_the_next_run_starts_another(desk: Bench, started: list[Scripted]) -> None:
    desk.ask()
    done = say.Done(1, RUN.key, "All of it.", 1.0, 5, 80)
    hear(desk, started, say.Ready("cpu", "float32"), done, say.Tokens(1, BASE.key, "half", 1, 0.1))
    hear(desk, started, Gone("The playground's process was killed by signal 9."))
    assert desk.answers[RUN.key].state == "done"
    assert desk.answers[BASE.key].state == "failed" and desk.answers[BASE.key].text == "half"
    assert "signal 9" in desk.answers[BASE.key].problem[1]
    assert desk.notices == [("error", "The playground's process was killed by signal 9.")]
    assert desk.server == "off" and not desk.busy
    assert desk.ask() == "" and len(started) == 2


def test_a_server_that_leaves_by_itself_is_no_error(desk: Bench, started: list[Scripted]) -> None:
    desk.ask()
    hear(desk, started, say.Finished(1), Gone("Nobody asked the playground anything for 15 minutes."))
    assert desk.notices == [("warning", "Nobody asked the playground anything for 15 minutes.")]


def test_what_made_room_is_told(desk: Bench, started: list[Scripted]) -> None:
    desk.ask()
    hear(desk, started, say.Unloaded("builtin", 100, "to make room for run lora"))
    assert desk.notices == [("information", "builtin was unloaded to make room for run lora.")]


# -- which models there are -----------------------------------------------------------------------


def test_runs_with_a_model_and_bases_can_be_asked(workspace: Workspace, tmp_path: Path) -> None:
    full = workspace.open("full-base")
    full.model_path.mkdir()
    (full.model_path / "README.md").write_text("card")
    found = bench.choices(workspace, [bench.base_model("me/mine")])
    assert [choice.model.key for choice in found] == [
        "run full-base", "run zero-shot-base", "base builtin", "base google/flan-t5-base", "base me/mine",
    ]  # fmt: skip
    assert found[0].model.run == str(full.path.resolve()) and found[0].rouge1 is not None


def test_a_bases_folder_is_made_absolute(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    assert bench.base_model("mine") == Model("base mine", base=str(tmp_path / "mine"))
    assert bench.base_model("builtin") == Model("base builtin", base="builtin")
    assert bench.base_model("~nobody-here/x").base == "~nobody-here/x"


def test_remembered_models_that_are_gone_are_left_out(workspace: Workspace) -> None:
    keys = ["run full-base", "run gone", "base builtin", "nonsense", "", "run ../runs/full-base"]
    assert [model.key for model in bench.remembered(workspace, keys)][:2] == ["run full-base", "base builtin"]


# -- history --------------------------------------------------------------------------------------


def test_prompts_are_kept_newest_last_and_once(tmp_path: Path) -> None:
    assert history.load() == []
    for words in ("one", "two", "one \x1b[2J", "two", "three\ud800"):
        history.add(history.Kept(words, ("ref",)))
    assert [kept.dialogue for kept in history.load()] == ["one", "one \x1b[2J", "two", "three\ufffd"]
    assert stat.S_IMODE(history.file().stat().st_mode) == 0o600
    history.file().write_text('{"dialogue": 3}\nnonsense\n{"dialogue": "whole"}\n{"dialogue": "torn')
    assert history.load() == [history.Kept("whole")]


def test_only_so_many_and_so_long_prompts_are_kept() -> None:
    history.add(history.Kept("x" * (history.LONGEST + 1)))
    assert history.load() == []
    for number in range(history.MOST + 5):
        history.add(history.Kept(str(number)))
    assert [history.load()[0].dialogue, len(history.load())] == ["5", history.MOST]


def test_a_home_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file in the folder's place")
    assert history.add(history.Kept("x")) == [history.Kept("x")]
    assert history.load() == []


# -- what is kept of answers ----------------------------------------------------------------------

HOSTILE = f"{fake_runs.HOSTILE}\n```\n# not a heading"
PROMPT = say.Prompted(1, RUN.key, "Summarize", 80, True, 64, ("train_1",))
ANSWERS = [
    Answer(RUN, "done", HOSTILE, 12, 1.5, None, PROMPT, {"rouge1": 0.5}, 1),
    Answer(BASE, "failed", problem=("It does not fit", "29 MiB are needed", "Choose a smaller one")),
]
REQUEST = say.Generate(1, (RUN, BASE), HOSTILE, Decoding(), Shots(1, 7), ("A *human* said.",))


def test_markdown_holds_all_and_nothing_escapes_its_fence() -> None:
    page = transcript.markdown(REQUEST, replace(TALK, origin="from [a](b).txt"), ANSWERS)
    assert "\x1b" not in page and "\u202e" not in page
    for words in ("greedy, 128 tokens", "1 drawn with seed 7", "ROUGE-1 50.0", "cut to fit", "A *human* said."):
        assert words in page
    assert r"from \[a\](b).txt" in page and "It does not fit. 29 MiB are needed. Choose a smaller one." in page
    inside = False
    headings = []
    for line in page.splitlines():
        if line.startswith("````"):
            inside = not inside
        elif line.startswith("#") and not inside:
            headings.append(line)
    assert headings == ["# Playground", "## Dialogue", "## Reference 1", "## run lora", "## base builtin"]


def test_jsonl_is_exact() -> None:
    first, second = (json.loads(line) for line in transcript.jsonl(REQUEST, TALK, ANSWERS).splitlines())
    assert first["summary"] == first["dialogue"] == HOSTILE
    assert (first["scores"], first["shots"], first["truncated"]) == ({"rouge1": 0.5}, ["train_1"], True)
    assert second["error"].startswith("It does not fit") and second["prompt"] is None


def test_saving_overwrites_nothing(tmp_path: Path) -> None:
    for name in ("a.md", "a.jsonl"):
        transcript.save(Path(name), REQUEST, TALK, ANSWERS)
        before = Path(name).read_bytes()
        with pytest.raises(DataError, match="is there already"):
            transcript.save(Path(name), REQUEST, TALK, [])
        assert Path(name).read_bytes() == before
    assert json.loads(Path("a.jsonl").read_text().splitlines()[0])["model"] == "run lora"
    for bad in ("none/a.md", "~nobody-here/x.md", "nul\0.md"):
        with pytest.raises(DataError, match="cannot be written"):
            transcript.save(Path(bad), REQUEST, TALK, ANSWERS)


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"\xffA: x", "is not UTF-8"), (b" \n", "is empty"), (None, "There is no file"), ("folder", "cannot be read")],
)
def test_a_file_that_is_no_dialogue(tmp_path: Path, data: bytes | str | None, says: str) -> None:
    path = tmp_path / "talk.txt"
    if isinstance(data, bytes):
        path.write_bytes(data)
    elif data:
        path.mkdir()
    with pytest.raises(DataError, match=says):
        transcript.read(path, 100)


def test_a_long_file_is_read_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "talk.txt"
    path.write_text("\ufeffA: ä" + "🚌" * 1000, encoding="utf-8")
    found = transcript.read(path, 10)
    assert found.startswith("A: ä🚌") and 10 <= len(found) <= 40


def test_a_command_gives_the_same_in_a_shell(tmp_path: Path) -> None:
    draft = Draft("A: it's $HOME `date` DIALOGUE\nDIALOGUE\nB: \x1b[31mno")
    words = transcript.command(BASE, draft, Decoding(temperature=0.7, seed=3), Shots(2, 5))
    assert words == [
        "summarize", "--base", "builtin", "--temperature", "0.7", "--seed", "3", "--shots", "2", "--shots-seed", "5",
    ]  # fmt: skip
    line = transcript.shell([words], draft)
    said = subprocess.run(["bash", "-c", f"dialtune() {{ cat; }}\n{line}"], capture_output=True, text=True, check=True)
    assert said.stdout == "A: it's $HOME `date` DIALOGUE\nDIALOGUE\nB: no\n"
    of_run = transcript.command(RUN, replace(draft, file="/a b.txt"), Decoding(), Shots(ids=("x", "y")))
    assert of_run == [
        "summarize", "lora", "--max-new-tokens", "128", "--beams", "1", "--no-repeat-ngram", "0", "--shot", "x",
        "--shot", "y", "/a b.txt",
    ]  # fmt: skip
    assert transcript.shell([of_run], replace(draft, file="/a b.txt")).endswith("'/a b.txt'")
