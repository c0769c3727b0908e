"""The New run screen, driven by keys; what it starts is looked at, not run."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from engine import config, hardware, launch, methods, queue, spec
from engine.errors import DataError, WorkspaceError
from engine.forecast import place
from engine.forecast.probe import Probed
from engine.hardware import Machine
from engine.runs.files import read_json, write_json
from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tests.ui.waiting import drawn, on, until
from tui import clipboard
from tui.app import DialtuneApp
from tui.commands.asking import asked
from tui.commands.training import train
from tui.draft import FIELDS
from tui.widgets.footer import Footer
from tui.widgets.form import Form

Make = Callable[..., DialtuneApp]
GIB = fake_runs.GIB
SIZES = [(80, 24), (160, 48)]
COUNTS = {"train": 12_460, "validation": 500, "test": 500}


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same machine everywhere: two cores, 16 of 24 GiB free, no GPU."""
    monkeypatch.setattr(hardware, "machine", lambda: Machine("a CPU", 2, 2, 24 * GIB, 16 * GIB, (), None))
    monkeypatch.setattr(place, "cpu_flags", frozenset)


@pytest.fixture
def timed(workspace: Workspace) -> Workspace:
    """The fake workspace, whose finished runs say on what they ran and how long each phase took."""
    for name, trainable in (("full-base", 247_577_856), ("lora-r32-base", 3_538_944)):
        run = workspace.open(name)
        total = 247_577_856 + (trainable if name.startswith("lora") else 0)
        write_json(
            run.path / "manifest.json",
            {
                "device": {"kind": "cpu", "name": "x86_64", "dtype": "float32"},
                "parameters": {"trainable": trainable, "total": total},
                "data": {"splits": {split: {"examples": count} for split, count in COUNTS.items()}},
                "steps": 600,
                "seconds": {"loading": 12.0, "training": 150.0, "evaluating": 30.0, "decoding": 80.0, "saving": 3.0},
            },
        )  # fmt: skip
    return workspace


async def new(pilot: Pilot[Any]) -> Any:
    """Open the screen and wait for its forecast."""
    await on(pilot, "RunsScreen")
    await pilot.press("2")
    screen = await on(pilot, "NewScreen")
    await until(pilot, lambda: screen.forecast is not None)
    return screen


async def to(pilot: Pilot[Any], field: str) -> Any:
    """Put the cursor on a field."""
    form = pilot.app.screen.query_one(Form)
    form.go(field)
    await pilot.pause()
    assert form.cursor_key == field
    return form


async def settled(pilot: Pilot[Any]) -> None:
    """Wait for the forecast of the draft as it is."""
    screen: Any = pilot.app.screen
    await until(pilot, lambda: screen.forecast is not None and screen.forecast.spec == screen.draft.spec())


# -- what is there --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_every_field_is_there_with_value_help_and_range(make: Make, size: tuple[int, int]) -> None:
    app = make()
    async with app.run_test(size=size) as pilot:
        screen = await new(pilot)
        form = screen.query_one(Form)
        mine = [key for key in FIELDS if methods.uses("lora", key.partition(".")[0])]
        assert list(form._shown) == mine and "soft_prompt.tokens" not in mine
        for key in mine:
            await to(pilot, key)
            text = drawn(app)
            assert key in text and "takes " in text
            help = " ".join((FIELDS[key].description or "").replace("``", "").split())
            assert help[:60] in text
        assert "from preset lora-r32" in text


@pytest.mark.parametrize("size", SIZES)
async def test_the_forecast_comes_by_itself(make: Make, timed: Workspace, size: tuple[int, int]) -> None:
    app = make()
    async with app.run_test(size=size) as pilot:
        screen = await new(pilot)
        text = drawn(app)
        assert "fits: " in text and "of 16.0 GiB free" in text
        assert screen.forecast.steps.total == 4674
        assert "4,674" in text and "251,116,800" in text
        assert screen.forecast.pace.total is not None and "lora-r32-base" in screen.forecast.pace.origin
        await to(pilot, "train.max_steps")
        await pilot.press("enter", *"100", "enter")
        await settled(pilot)
        assert screen.forecast.steps.total == 100
        await until(pilot, lambda: "4,674" not in drawn(app))


# -- editing --------------------------------------------------------------------------------------


async def test_a_value_is_typed_judged_and_kept(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await new(pilot)
        await to(pilot, "train.epochs")
        await pilot.press("enter")
        entry = screen.query_one("#entry", Input)
        assert entry.has_focus and entry.value == "3.0"
        await pilot.press("q")  # a letter is typed, not a key
        await until(pilot, lambda: "a number above 0" in drawn(app) and "✗ train.epochs = 'q'" in drawn(app))
        assert "✗ 1 cannot be used" in drawn(app)
        await pilot.press("backspace", "5", "enter")
        await until(pilot, lambda: "1 changed" in drawn(app))
        assert screen.draft.value("train.epochs") == 5 and not screen.draft.problems
        assert screen.query_one(Form).has_focus
        assert "was 3.0" in drawn(app)


async def test_escape_leaves_a_value_as_it_was(make: Make) -> None:
    app = make()
    async with app.run_test() as pilot:
        screen = await new(pilot)
        await to(pilot, "train.epochs")
        await pilot.press("enter", "7", "escape")
        assert screen.draft.changes == {} and screen.query_one(Form).has_focus
        await pilot.press("escape")
        await on(pilot, "RunsScreen")


async def test_choices_are_taken_with_one_key(make: Make) -> None:
    app = make()
    async with app.run_test() as pilot:
        screen = await new(pilot)
        await to(pilot, "method")
        for key, value in (("space", "soft-prompt"), ("l", "zero-shot"), ("h", "soft-prompt"), ("h", "lora")):
            await pilot.press(key)
            assert screen.draft.value("method") == value
        await to(pilot, "train.keep_best")
        await pilot.press("space")
        assert screen.draft.value("train.keep_best") is False
        await to(pilot, "train.epochs")
        await pilot.press("h")
        assert not screen.query_one("#entry").has_focus
        await pilot.press("l")
        assert screen.query_one("#entry").has_focus


async def test_a_prompt_is_typed_on_one_line(make: Make) -> None:
    app = make()
    async with app.run_test() as pilot:
        screen = await new(pilot)
        await to(pilot, "prompt.template")
        await pilot.press("enter")
        entry = screen.query_one("#entry", Input)
        assert entry.value.startswith("Summarize the following conversation.\\n\\n{dialogue}")
        entry.value = "TL;DR\\n{dialogue}"
        await pilot.press("enter")
        assert screen.draft.spec().prompt.template == "TL;DR\n{dialogue}"


async def test_changes_are_undone_one_by_one_or_all(make: Make) -> None:
    app = make()
    async with app.run_test() as pilot:
        screen = await new(pilot)
        await to(pilot, "lora.rank")
        await pilot.press("enter", "3", "enter")  # what is typed replaces the value
        await to(pilot, "method")
        await pilot.press("space")
        assert screen.draft.changes == {"lora.rank": 3, "method": "soft-prompt"}
        await pilot.press("u")
        assert screen.draft.changes == {"lora.rank": 3}
        await pilot.press("U")
        await on(pilot, "ConfirmScreen")
        await pilot.press("n")
        await pilot.press("U")
        await on(pilot, "ConfirmScreen")
        assert "lora.rank = 3" in drawn(app)
        await pilot.press("y")
        await until(pilot, lambda: screen.draft.changes == {})


UNREAD = [name for name in FIELDS if name.startswith(("few_shot.", "soft_prompt."))]
"""What a LoRA run does not read, and the form hides."""


async def test_fields_are_found(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await new(pilot)
        form = screen.query_one(Form)
        await pilot.press("slash", *"beams", "enter")
        await until(pilot, lambda: set(form._shown) == {"decode.beams", "decode.length_penalty"})
        await pilot.press("escape")
        await until(pilot, lambda: len(form._shown) == len(FIELDS) - len(UNREAD))
        await pilot.press("c")
        assert "No field has changed" in drawn(app) or not form._shown
        await pilot.press("c")
        await to(pilot, "lora.rank")
        await pilot.press("enter", "x", "enter")
        await to(pilot, "method")
        await pilot.press("n")
        assert form.cursor_key == "lora.rank"
        await pilot.press("c")
        assert list(form._shown) == ["lora.rank"]


# -- views ----------------------------------------------------------------------------------------


async def test_a_small_terminal_shows_one_thing_at_a_time(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await new(pilot)
        assert "? Help" in drawn(app).splitlines()[-1]
        assert screen.query_one(Footer).region.height == 1
        await pilot.press("v")
        await until(pilot, lambda: "% of what is free" in drawn(app) and "1,558 an epoch" in drawn(app))
        assert not screen.query_one("#form").display
        await pilot.press("v")
        await until(pilot, lambda: 'preset = "lora-r32"' in drawn(app))
        await pilot.press("x")
        await until(pilot, lambda: "allow_remote_code = false" in drawn(app))
        await pilot.press("escape")
        assert screen.view == "" and screen.query_one("#form").display
        await pilot.resize_terminal(160, 48)
        await until(pilot, lambda: "TOML, every field" in drawn(app) and "activations" in drawn(app))


async def test_the_price_of_an_hour_makes_money(make: Make, timed: Workspace) -> None:
    config.path().parent.mkdir(parents=True, exist_ok=True)
    config.path().write_text('price_per_hour = 2\ncurrency = "EUR"\npriec = 3')
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await new(pilot)
        first = screen.forecast.cost
        assert first is not None and "EUR" in drawn(app)
        await until(pilot, lambda: any("there is no setting 'priec'" in n.message for n in app._notifications))
        await pilot.press("m")
        await on(pilot, "TextScreen")
        await pilot.press("backspace", *"4.5", "enter")
        await until(pilot, lambda: screen.forecast.config.price_per_hour == 4.5)
        assert screen.forecast.cost == pytest.approx(first * 4.5 / 2)
        await pilot.press("m")
        await on(pilot, "TextScreen")
        await pilot.press("x", "enter")
        await until(pilot, lambda: any("is no price" in n.message for n in app._notifications))


# -- files and commands ---------------------------------------------------------------------------


async def test_toml_and_command_are_copied_and_say_the_same(make: Make) -> None:
    app = make()
    async with app.run_test() as pilot:
        screen = await new(pilot)
        await to(pilot, "prompt.template")
        await pilot.press("enter")
        screen.query_one("#entry", Input).value = "It's {dialogue}\\n$HOME"
        await pilot.press("enter")
        await pilot.press("y")
        await until(pilot, lambda: clipboard.file().is_file())
        assert spec.from_toml(clipboard.file().read_text()) == screen.draft.spec()
        await pilot.press("Y")
        await until(pilot, lambda: clipboard.file().read_text().startswith("dialtune train"))
        given = train.make_context("train", shlex.split(clipboard.file().read_text())[2:]).params
        assert asked(given["spec"], given["preset"], given["settings"], given["name"]) == screen.draft.spec()


async def test_the_toml_is_saved_once(make: Make, tmp_path: Path) -> None:
    app = make()
    async with app.run_test() as pilot:
        screen = await new(pilot)
        for _ in range(2):
            await pilot.press("w")
            await on(pilot, "TextScreen")
            await pilot.press("enter")
            await until(pilot, lambda: (tmp_path / "lora-r32.toml").is_file())
        await until(pilot, lambda: any("There is already a file" in n.message for n in app._notifications))
        assert spec.load(tmp_path / "lora-r32.toml") == screen.draft.spec()


# -- starting from something ----------------------------------------------------------------------


async def test_a_run_is_the_start_of_the_next_one(make: Make, workspace: Workspace) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("j", "j", "c")
        screen = await on(pilot, "NewScreen")
        assert screen.draft.origin == "run full-too-big"
        assert screen.draft.value("base.name") == "google/flan-t5-xxl" and screen.draft.value("name") is None
        await until(pilot, lambda: "✗ does not fit" in drawn(app))
        await pilot.press("q")
        await on(pilot, "RunsScreen")
        await pilot.press("C")
        await on(pilot, "ChooseScreen")
        await pilot.press("slash", *"demo-full", "enter", "enter")
        screen = await on(pilot, "NewScreen")
        await until(pilot, lambda: screen.draft.origin == "preset demo-full")


async def test_another_start_asks_before_changes_are_lost(make: Make) -> None:
    app = make()
    async with app.run_test() as pilot:
        screen = await new(pilot)
        await to(pilot, "method")
        await pilot.press("space")
        for answer, origin in (("n", "preset lora-r32"), ("y", "run zero-shot-base")):
            await pilot.press("o")
            choose = await on(pilot, "ChooseScreen")
            await pilot.press("G")
            assert choose.query_one("#choices").cursor_key == "run zero-shot-base"
            await pilot.press("enter")
            await on(pilot, "ConfirmScreen")
            await pilot.press(answer)
            await on(pilot, "NewScreen")
            await until(pilot, lambda origin=origin: screen.draft.origin == origin)


async def test_the_draft_is_there_when_one_comes_back(make: Make) -> None:
    app = make()
    async with app.run_test() as pilot:
        await new(pilot)
        await to(pilot, "method")
        await pilot.press("space", "q")
        await on(pilot, "RunsScreen")
        screen = await new(pilot)
        assert screen.draft.changes == {"method": "soft-prompt"}


async def test_the_palette_starts_from_a_preset(make: Make) -> None:
    app = make()
    async with app.run_test() as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("colon")
        await until(pilot, lambda: type(app.screen).__name__ == "CommandPalette")
        await pilot.press(*"new run from course-lab")
        await pilot.pause(0.5)
        await pilot.press("enter")
        screen = await on(pilot, "NewScreen")
        assert screen.draft.origin == "preset course-lab"


# -- starting and probing -------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["s", "S"])
async def test_a_run_is_started_and_shown(
    make: Make, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    started: list[tuple[str, str]] = []
    monkeypatch.setattr(launch, "start", lambda run, resume=False: started.append(("s", run.name)))
    monkeypatch.setattr(queue, "start", lambda path, names: started.extend(("S", name) for name in names))
    app = make()
    async with app.run_test() as pilot:
        screen = await new(pilot)
        await to(pilot, "name")
        await pilot.press("enter", *"my-run", "enter", key)
        live = await on(pilot, "LiveScreen")
        assert live.run.name == "my-run" and started == [(key, "my-run")]
        run = workspace.open("my-run")
        assert run.spec() == screen.forecast.spec.model_copy(update={"name": "my-run"})
        kept = read_json(run.path / "forecast.json")
        assert kept["steps"]["total"] == 4674 and kept["parameters"]["trainable"] == 3_538_944
        await pilot.press("q")
        await on(pilot, "RunsScreen")
        assert app.drafting.now.value("name") is None


async def test_what_hinders_a_start_is_told(make: Make, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "start", lambda run, resume=False: pytest.fail("started"))
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await new(pilot)
        await to(pilot, "lora.rank")
        await pilot.press("enter", "end", "x", "enter", "g", "s")
        await until(pilot, lambda: any("lora.rank = '32x'" in n.message for n in app._notifications))
        assert screen.query_one(Form).cursor_key == "lora.rank"
        await pilot.press("u")
        await to(pilot, "data.source")
        await pilot.press("enter")
        screen.query_one("#entry", Input).value = "./none.jsonl"
        await pilot.press("enter")
        await settled(pilot)
        await until(pilot, lambda: "There is no file or folder" in drawn(app))
        await pilot.press("s")
        await until(pilot, lambda: any("There is no file or folder" in n.message for n in app._notifications))
        await to(pilot, "data.source")
        await pilot.press("u")
        await to(pilot, "name")
        await pilot.press("enter", *"full-base", "enter", "s")
        await until(pilot, lambda: any("already a run called full-base" in n.message for n in app._notifications))
        assert screen.state == "" and len(workspace.runs()) == 6


class FakeProbe:
    """Stands in for the worker: waits until it is told what to say."""

    says: Any = None
    made: list[FakeProbe]

    def __init__(self, asked: Any, home: Any = None) -> None:
        self.asked, self.over, self.cancelled = asked, threading.Event(), False
        FakeProbe.made.append(self)

    def result(self) -> Probed | None:
        self.over.wait(20)
        if isinstance(FakeProbe.says, Exception):
            raise FakeProbe.says
        return None if self.cancelled else FakeProbe.says

    def cancel(self) -> None:
        self.cancelled = True
        self.over.set()


PROBED = Probed("cpu", "float32", 3_538_944, 251_116_800, 9.0, 4.0, 0.002, 250.0, 0.5, 5 * GIB,
                {"train": 1000, "validation": 100, "test": 50})  # fmt: skip


async def test_a_probe_tells_time_and_memory(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.screens.new.Probe", FakeProbe)
    FakeProbe.made, FakeProbe.says = [], PROBED
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await new(pilot)
        assert "time not known" in drawn(app)
        await pilot.press("p")
        await until(pilot, lambda: FakeProbe.made and "probing …" in drawn(app))
        await pilot.press("p")
        await until(pilot, lambda: screen.state == "" and FakeProbe.made[0].cancelled)
        await until(pilot, lambda: any("The probe was cancelled." in n.message for n in app._notifications))
        assert screen.drafting.probes == {}
        await pilot.press("p")
        await until(pilot, lambda: len(FakeProbe.made) == 2)
        FakeProbe.made[1].over.set()
        await until(pilot, lambda: screen.forecast.probed == PROBED)
        assert screen.forecast.peak == 5 * GIB and screen.forecast.steps.total == 375
        # 3,000 examples of 250 tokens, 300 evaluated at a third of that, 50 summaries, 9 s to load
        assert screen.forecast.pace.total == pytest.approx(3000 * 0.5 + 300 * 0.5 / 3 + 50 * 0.5 + 9)
        await to(pilot, "train.epochs")
        await pilot.press("enter", "1", "enter")
        await settled(pilot)
        assert screen.forecast.probed == PROBED and screen.forecast.steps.total == 125


async def test_a_probe_that_fails_says_why_and_one_that_is_left_ends(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.new.Probe", FakeProbe)
    FakeProbe.made, FakeProbe.says = [], DataError("The data [is] gone\x1b[2J")
    app = make()
    async with app.run_test() as pilot:
        screen = await new(pilot)
        await pilot.press("p")
        await until(pilot, lambda: FakeProbe.made)
        FakeProbe.made[0].over.set()
        await until(pilot, lambda: any(n.message == "The data [is] gone." for n in app._notifications))
        await until(pilot, lambda: screen.state == "")
        FakeProbe.says = PROBED
        await pilot.press("p")
        await until(pilot, lambda: len(FakeProbe.made) == 2)
        await pilot.press("q")
        await on(pilot, "RunsScreen")
        await until(pilot, lambda: FakeProbe.made[1].cancelled)


async def test_a_run_that_cannot_be_launched_is_told_of(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(run: Any, resume: bool = False) -> None:
        raise WorkspaceError("No process can be started", "too many", "end some")

    monkeypatch.setattr(launch, "start", refuse)
    app = make()
    async with app.run_test() as pilot:
        screen = await new(pilot)
        await pilot.press("s")
        await until(pilot, lambda: any("No process can be started" in n.message for n in app._notifications))
        assert screen.state == "" and app.screen is screen
