"""The playground's screen, driven by keys, over a server that has no model."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, Static

from engine.playground import client
from engine.playground.protocol import Decoding, Model, Shots
from engine.runs.workspace import Workspace
from tests.ui.waiting import drawn, on, until
from tui import history
from tui.app import DialtuneApp
from tui.bench import Draft
from tui.screens.models import ModelsScreen
from tui.widgets.answers import Answers
from tui.widgets.table import Table
from tui.widgets.writing import LONGEST, SHOWN, Writing

Make = Callable[..., DialtuneApp]
TALK = "#Person1#: When does the next train leave?\n#Person2#: At four. Take the bus [now]."


@pytest.fixture
def make(make: Make, monkeypatch: pytest.MonkeyPatch) -> Make:
    """An application whose playground's server is the fake one that works; ``way`` chooses another."""

    def made(way: str = "works") -> DialtuneApp:
        monkeypatch.setattr(client, "COMMAND", (sys.executable, "-m", "tests.ui.fake_playground", way))
        return make()

    return made


async def opened(pilot: Pilot[Any], draft: Draft | None = None, *models: str) -> Any:
    """The playground's screen with a dialogue and models."""
    await on(pilot, "RunsScreen")
    app: Any = pilot.app
    app.bench.draft = draft or Draft(TALK)
    app.bench.models = [Model(key, base="builtin") for key in models or ("base builtin", "base other")]
    await pilot.press("4")
    return await on(pilot, "PlaygroundScreen")


def answers(app: Any) -> str:
    """What the answers' boxes hold, before it is wrapped."""
    boxes = app.screen.query("Answers .answer").results(Static)
    return "\n".join(str(box.content) for box in boxes if box.display)


def settled(app: Any) -> Callable[[], bool]:
    return lambda: bool(app.bench.answers) and not app.bench.busy


def said(app: DialtuneApp, words: str) -> Callable[[], bool]:
    return lambda: any(words in notice.message for notice in app._notifications)


async def test_answers_stream_in_side_by_side(make: Make) -> None:
    app = make()
    async with app.run_test(size=(160, 48)) as pilot:
        await opened(pilot, Draft(TALK, ("A human's.", "Another's.")))
        assert "no model is loaded; r starts" in drawn(app)
        await pilot.press("r")
        await until(pilot, settled(app))
        text = drawn(app)
        line = next(line for line in text.splitlines() if "A base builtin ▲ best" in line)
        assert line.index("A base builtin") < line.index("B base other")
        for words in ("✓ 12 tokens · 1.2s · 10.0 tok/s", "R1 50.0", "R1 40.0", "mean of 2 references", "prompt 87"):
            assert words in answers(app)
        assert "● on cpu, float32 · memory 760 MiB · loaded: base other, base builtin" in text
        assert app.bench.server == "ready"


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (40, 12)])
async def test_every_size_shows_what_matters(make: Make, size: tuple[int, int]) -> None:
    app = make()
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        await pilot.press("r")
        await until(pilot, settled(app))
        assert "base builtin" in drawn(app)
        await pilot.resize_terminal(80, 24)
        await pilot.press("enter", "G")
        await until(pilot, lambda: "B base other" in drawn(app))
        await pilot.press("enter")
        await until(pilot, lambda: "#Person1#: When does" in drawn(app))


async def test_typing_swallows_no_key_and_escape_leaves(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, Draft())
        assert "type or paste a dialogue" in drawn(app)
        await pilot.press("e", *"4rq?t:", "enter", *"s", "tab")
        assert screen.query_one("#dialogue", Writing).text == "4rq?t:\ns"
        assert app.bench.draft.dialogue == "4rq?t:\ns" and not app.bench.busy
        assert screen.query_one("#references", Writing).has_focus, "Tab goes on"
        await pilot.press(*"One.", "enter", "enter", *"Two.")
        assert app.bench.draft.references == ("One.", "Two.")
        await pilot.press("escape", "r")
        await until(pilot, settled(app))
        assert app.bench.asked is not None and app.bench.asked.references == ("One.", "Two.")
        await pilot.press("R")
        assert screen.query_one("#references", Writing).has_focus
        await pilot.press("escape", "escape")
        await on(pilot, "RunsScreen")


async def test_a_model_at_work_is_stopped(make: Make) -> None:
    app = make("waits")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        assert "r Run" in drawn(app) and "s Stop" not in drawn(app)
        await pilot.press("r")
        await until(pilot, lambda: "asks when the▌" in answers(app))
        assert "s Stop" in drawn(app) and "r Run" not in drawn(app)
        await pilot.press("s")
        await until(pilot, settled(app))
        assert [answer.state for answer in app.bench.answers.values()] == ["cancelled", "cancelled"]
        assert "■ stopped 4 tokens" in answers(app)
        await pilot.press("s")  # nothing is at work: the key is not offered and does nothing
        assert not app.bench.busy


async def test_a_server_that_dies_is_told_and_replaced(make: Make) -> None:
    app = make("dies")
    async with app.run_test(size=(160, 48)) as pilot:
        await opened(pilot)
        await pilot.press("r")
        await until(pilot, lambda: "✗ failed" in answers(app))
        assert "It was cut off." in answers(app) and "killed by signal 9" in answers(app)
        assert not app.bench.busy and app.bench.server == "off"
        make("works")
        await pilot.press("r")
        await until(pilot, settled(app))
        assert all(answer.state == "done" for answer in app.bench.answers.values())


async def test_a_server_killed_while_it_waits_is_noticed(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("r")
        await until(pilot, settled(app))
        first = app.bench.pid
        os.kill(first, signal.SIGKILL)
        await until(pilot, lambda: app.bench.server == "off")
        await until(pilot, said(app, "killed by signal 9"))
        await pilot.press("r")
        await until(pilot, lambda: app.bench.pid not in (None, first) and not app.bench.busy)
        assert all(answer.state == "done" for answer in app.bench.answers.values())


async def test_a_server_that_cannot_start_says_why(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make()
    monkeypatch.setattr(client, "COMMAND", (sys.executable, "-c", "raise ImportError('no libcudart [here]')"))
    async with app.run_test(size=(160, 48)) as pilot:
        await opened(pilot)
        await pilot.press("r")
        await until(pilot, lambda: "ImportError: no libcudart [here]" in answers(app))
        assert "dialtune doctor" in answers(app)
        monkeypatch.setattr(client, "COMMAND", ("/there/is/no/such/program",))
        await pilot.press("r")
        await until(pilot, lambda: "cannot be started" in answers(app))


async def test_quitting_ends_the_server(make: Make) -> None:
    app = make("silent")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("r")
        await until(pilot, lambda: app.bench.pid is not None)
        await until(pilot, lambda: "loading the training stack" in drawn(app))
        server = psutil.Process(app.bench.pid)
        await pilot.press("Q")
    psutil.wait_procs([server], timeout=10)
    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE


async def test_an_error_stands_in_its_models_column(make: Make) -> None:
    app = make("fails")
    async with app.run_test(size=(160, 48)) as pilot:
        await opened(pilot)
        await pilot.press("r")
        await until(pilot, settled(app))
        assert "base other does not fit into memory." in answers(app)
        assert "2.9 GiB, and 1.1 GiB are free" in answers(app) and app.bench.answers["base builtin"].state == "done"


async def test_hostile_answers_and_names_do_no_harm(make: Make) -> None:
    app = make("hostile")
    evil = "base \x1b]52;c;ZXZpbA==\x07[bold]x[/bold]\u202egnp"
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, None, evil)
        await pilot.press("r")
        await until(pilot, settled(app))
        text = drawn(app)
        assert "[bold]not bold[/bold]" in text and "[bold]x[/bold]" in text
        assert not any(character in text for character in "\x1b\x07\u202e\u200b\x9b")
        await pilot.press("v", "v", "x")
        await until(pilot, lambda: type(app.screen).__name__ == "TextScreen")


async def test_a_megabyte_can_be_pasted(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, Draft())
        await pilot.press("e")
        app.screen.focused.post_message(events.Paste("\x1b[31m#Person1#: hello\u202e there\r\n" * 50_000))
        await until(pilot, lambda: len(app.bench.draft.dialogue) == LONGEST)
        await pilot.press(*"new")
        field = screen.query_one("#dialogue", Writing)
        assert len(field.text) == SHOWN + 3 and "the first 20,000 shown" in drawn(app)
        dialogue = app.bench.draft.dialogue
        assert dialogue.startswith("new#Person1#") and len(dialogue) == LONGEST + 3, "what is not shown is still there"
        assert "\x1b" not in dialogue and "\u202e" not in dialogue
        await until(pilot, said(app, "more than any base reads"))
        await pilot.press("escape", "r")
        await until(pilot, settled(app))
        assert "the dialogue was cut to fit 512 tokens" in answers(app)
        screen.post_message(events.Paste("A: short\nB: again"))
        await until(pilot, lambda: app.bench.draft.dialogue == "A: short\nB: again")
        await pilot.press("e")
        app.screen.focused.post_message(events.Paste("B: " * 10))
        await until(pilot, lambda: app.bench.draft.dialogue == "B: " * 10 + "A: short\nB: again")


async def test_models_are_chosen_from_runs_and_bases(make: Make, workspace: Workspace, tmp_path: Path) -> None:
    app = make()
    (tmp_path / "mine").mkdir()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        app.bench.models = []
        await pilot.press("r")  # nothing is chosen: the list opens
        modal = await on(pilot, "ModelsScreen")
        await until(pilot, lambda: "google/flan-t5-base" in drawn(app))
        assert isinstance(modal, ModelsScreen) and "zero-shot-base" in drawn(app)
        table = modal.query_one(Table)
        table.go("base builtin")
        await pilot.press("space")
        table.go("run zero-shot-base")
        await pilot.press("space", "a")
        await on(pilot, "TextScreen")
        await pilot.press(*"mine", "enter")
        await until(pilot, lambda: "3 of at most 8 marked" in drawn(app))
        assert "●1" in drawn(app) and "●3" in drawn(app)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        keys = ["base builtin", "run zero-shot-base", "base mine"]
        assert [model.key for model in app.bench.models] == keys
        assert app.bench.models[2].base == str(tmp_path / "mine") and app.session.models == tuple(keys)
        await pilot.press("m")
        await on(pilot, "ModelsScreen")
        await until(pilot, lambda: "3 of at most 8 marked" in drawn(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        assert len(app.bench.models) == 3


async def test_settings_are_read_and_wrong_ones_said(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("d")
        modal = await on(pilot, "DecodingScreen")
        assert modal.focused.id == "decoding-max_new_tokens"
        await pilot.press(
            "end", "backspace", "backspace", "backspace", *"64", "down", "end", "backspace", *"99", "enter"
        )
        await until(pilot, lambda: "beams must be 1 to 64, not 99." in drawn(app))
        await pilot.press("backspace", "backspace", "x")
        await until(pilot, lambda: "beams: 'x' is no whole number." in drawn(app))
        await pilot.press("backspace", *"4")
        modal.query_one("#shots-count", Input).value = "3"
        modal.query_one("#shots-ids", Input).value = "train_1, train_2 ,"
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert app.bench.decoding == Decoding(max_new_tokens=64, beams=4)
        assert app.bench.shots == Shots(3, None, ("train_1", "train_2"))
        assert "4 beams, 64 tokens; 2 shots" in drawn(app)
        await pilot.press("r")
        await until(pilot, settled(app))
        assert "1 of 3 shots left out" in answers(app)
        await pilot.press("d", "up")
        modal = await on(pilot, "DecodingScreen")
        assert modal.focused.id == "shots-ids"
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        assert app.bench.decoding.beams == 4


async def test_beams_are_shown_when_done(make: Make) -> None:
    app = make("waits")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        app.bench.decoding = Decoding(beams=4)
        await pilot.press("r")
        await until(pilot, lambda: "Beams are shown when they are done." in answers(app))


async def test_a_file_is_opened_and_becomes_the_command(make: Make, tmp_path: Path, copied: list[str]) -> None:
    app = make()
    (tmp_path / "talk.txt").write_text(TALK, encoding="utf-8")
    async with app.run_test(size=(160, 48)) as pilot:
        await opened(pilot, Draft())
        for name in ("none.txt", "talk.txt"):
            await pilot.press("o")
            await on(pilot, "TextScreen")
            await pilot.press(*name, "enter")
            if name == "none.txt":
                await until(pilot, said(app, "There is no file none.txt."))
        await until(pilot, lambda: "from talk.txt" in drawn(app))
        assert app.bench.draft.dialogue == TALK
        await pilot.press("Y")
        await until(pilot, lambda: bool(copied))
        file = tmp_path / "talk.txt"
        assert copied[-1] == (f"dialtune summarize --base builtin {file}\ndialtune summarize --base builtin {file}")
        await pilot.press("e", "x", "escape", "Y")
        await until(pilot, lambda: "<<'DIALOGUE'" in copied[-1])
        assert app.bench.draft.file == "" and "from talk.txt" not in drawn(app)


async def test_a_sample_comes_with_its_references(make: Make) -> None:
    app = make()
    async with app.run_test(size=(160, 48)) as pilot:
        await opened(pilot, Draft())
        await pilot.press("n")
        await until(pilot, lambda: "of the built-in test split" in drawn(app))
        first = app.bench.draft
        assert first.references and first.dialogue.startswith("#Person1#")
        await pilot.press("n")
        await until(pilot, lambda: app.bench.draft.dialogue != first.dialogue)
        await pilot.press("c")
        await until(pilot, lambda: app.bench.draft == Draft())


async def test_prompts_come_back(make: Make) -> None:
    history.add(history.Kept("A: older", ("ref",), "from a.txt"))
    history.add(history.Kept("A: newer"))
    app = make()
    async with app.run_test(size=(160, 48)) as pilot:
        screen = await opened(pilot)
        await until(pilot, lambda: len(screen._kept) == 2)
        await pilot.press("left_square_bracket")
        assert app.bench.draft.dialogue == "A: newer"
        await pilot.press("left_square_bracket")
        assert app.bench.draft == Draft("A: older", ("ref",), "from a.txt")
        await pilot.press("left_square_bracket")
        await until(pilot, said(app, "no older prompt"))
        await pilot.press("right_square_bracket")
        assert app.bench.draft == Draft("A: newer")
        await pilot.press("r")
        await until(pilot, settled(app))
        await until(pilot, lambda: [kept.dialogue for kept in history.load()] == ["A: older", "A: newer"])


async def test_the_prompt_as_sent(make: Make) -> None:
    app = make()
    async with app.run_test(size=(160, 48)) as pilot:
        await opened(pilot, Draft("word " * 2000))
        await pilot.press("r")
        await until(pilot, settled(app))
        await pilot.press("v")
        text = drawn(app)
        assert "Summarize the following conversation." in text
        assert all(words in answers(app) for words in ("512 tokens of at most 512", "[…]", "cut to fit"))
        await pilot.press("escape")
        assert "Summarize the following" not in drawn(app)


async def test_answers_are_copied_and_saved_once(make: Make, tmp_path: Path, copied: list[str]) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("x")
        await until(pilot, said(app, "no answers to save"))
        await pilot.press("r")
        await until(pilot, settled(app))
        await pilot.press("y")
        await until(pilot, lambda: bool(copied))
        assert copied[-1].startswith("base builtin\n#Person1# asks when")
        for times in (1, 2):
            await pilot.press("x")
            modal = await on(pilot, "TextScreen")
            modal.query_one(Input).value = "kept.jsonl"
            await pilot.press("enter")
            await until(pilot, lambda: app.screen is screen)
            await until(pilot, said(app, ("", "Saved to kept.jsonl.", "kept.jsonl is there already.")[times]))
        lines = (tmp_path / "kept.jsonl").read_text().splitlines()
        assert [json.loads(line)["model"] for line in lines] == ["base builtin", "base other"]


async def test_models_are_unloaded(make: Make) -> None:
    app = make()
    async with app.run_test(size=(160, 48)) as pilot:
        await opened(pilot)
        await pilot.press("u")
        await until(pilot, said(app, "No model is loaded."))
        await pilot.press("r")
        await until(pilot, settled(app))
        await pilot.press("u")
        await until(pilot, said(app, "base other was unloaded as asked."))
        await until(pilot, lambda: "no model loaded" in drawn(app))


async def test_from_the_runs_and_from_explore(make: Make) -> None:
    app = make()
    async with app.run_test(size=(160, 48)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("G", "p")
        await on(pilot, "PlaygroundScreen")
        assert [model.key for model in app.bench.models] == ["run zero-shot-base"]
        await pilot.press("q")
        await on(pilot, "RunsScreen")
        await pilot.press("e")
        screen = await on(pilot, "ExploreScreen")
        screen.go(3)
        await until(pilot, lambda: screen.read_row is not None and screen.read_row.id == "test_3")
        await pilot.press("p")
        await on(pilot, "PlaygroundScreen")
        draft = app.bench.draft
        assert draft.origin.startswith("test_3 of ") and len(draft.references) == 3
        assert [model.key for model in app.bench.models] == ["run zero-shot-base"], "what was chosen stays"
        assert "test_3 of" in drawn(app)
        await pilot.press("escape")
        await on(pilot, "ExploreScreen")


async def test_what_explore_shows_cleaned_is_asked_raw(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, Draft("A: raw \u202etext\x1b[2J", ("ref\u200b",)))
        assert screen.query_one("#dialogue", Writing).text == "A: raw text"
        await pilot.press("r")
        await until(pilot, settled(app))
        assert app.bench.asked is not None and app.bench.asked.dialogue == "A: raw \u202etext\x1b[2J"
        assert app.bench.asked.references == ("ref\u200b",)
        await pilot.press("e", "x", "escape")
        assert app.bench.draft.dialogue == "xA: raw text"


async def test_the_screen_may_go_while_models_work(make: Make) -> None:
    app = make("waits")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("r")
        await until(pilot, lambda: "asks when the▌" in answers(app))
        await pilot.press("q")
        await on(pilot, "RunsScreen")
        assert app.session.screen == "runs"
        await pilot.press("4")
        await on(pilot, "PlaygroundScreen")
        assert app.session.screen == "playground" and app.bench.busy
        await until(pilot, lambda: "asks when the▌" in answers(app))
        await pilot.press("s")
        await until(pilot, settled(app))
        assert app.screen.query_one(Answers).has_focus


# -- snapshots ------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["dusk", "paper"])
@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])
def test_answers_look(snap_compare: Any, make: Make, size: tuple[int, int], theme: str) -> None:
    app = make("fails")
    app.theme = theme

    async def before(pilot: Pilot[Any]) -> None:
        models = ("run lora-r32-base", "base builtin", "base google/flan-t5-base")
        await opened(pilot, Draft(TALK, ("A human's summary.",), "test_7 of lora-r32-base"), *models)
        await pilot.press("r")
        await until(pilot, settled(pilot.app))
        await until(pilot, lambda: "loaded:" in drawn(pilot.app))

    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("key", ["", "m", "d"], ids=["empty", "models", "decoding"])
@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])
def test_beginnings_look(snap_compare: Any, make: Make, size: tuple[int, int], key: str) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await opened(pilot, Draft())
        if key:
            await pilot.press(key)
            screen = await on(pilot, "ModelsScreen" if key == "m" else "DecodingScreen")
            for one in screen.query(Input):
                one.cursor_blink = False
            await until(pilot, lambda: "flan-t5" in drawn(pilot.app) or key == "d")

    assert snap_compare(make(), terminal_size=size, run_before=before)
