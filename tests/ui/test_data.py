"""The data screen over a small data set with planted duplicates, driven by keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from engine import asking, study
from engine.data.leakage import Place
from engine.errors import HubError
from engine.runs.workspace import Workspace
from engine.spec import DataSpec, RunSpec, from_dict
from tests.ui import fake_data
from tests.ui.fake_runs import HOSTILE
from tests.ui.waiting import drawn, on, until
from tui import clipboard, session
from tui.app import DialtuneApp
from tui.screens.data import DataScreen
from tui.widgets.browser import Browser
from tui.widgets.longtable import LongTable
from tui.widgets.pane import Pane

Make = Callable[..., DialtuneApp]
SIZES = [(80, 24), (200, 60)]


@pytest.fixture(autouse=True)
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _at_home: None) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("TMUX", raising=False)
    fake_data.write(tmp_path / "talks")


@pytest.fixture
def app(tmp_path: Path) -> DialtuneApp:
    """An application on an empty workspace, whose last data were ``talks``."""
    made = DialtuneApp(Workspace(tmp_path / "none"))
    made.session = session.Session(source=str(tmp_path / "talks"))
    return made


async def opened(pilot: Pilot[Any], key: str = "3") -> DataScreen:
    """The data screen, with all it looks for found."""
    await on(pilot, "RunsScreen") if isinstance(pilot.app, DialtuneApp) and pilot.app.workspace.runs() else None
    await pilot.pause(0.1)
    await pilot.press(key)
    screen: DataScreen = await on(pilot, "DataScreen")
    await found(pilot, screen)
    return screen


async def found(pilot: Pilot[Any], screen: DataScreen) -> None:
    known = screen.inquiry
    await until(pilot, lambda: (known.data and not known.jobs) or known.problems)
    await pilot.pause(0.15)


def ids(screen: DataScreen) -> list[str]:
    return [row.example.id for row in screen.query_one(Browser).rows]  # type: ignore[union-attr]


def toasts(app: DialtuneApp) -> list[str]:
    return [str(note.message) for note in app._notifications]


@pytest.mark.parametrize("size", SIZES)
async def test_the_overview_says_what_there_is(app: DialtuneApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot)
        text = screen.query_one("#overview", Pane).text
        for line in (
            "! test dialogues that are in train: 0 exactly, 1 nearly.",
            "validation dialogues that are in train: 1 exactly, 0 nearly.",
            "data.exclude_leaked leaves 1 (exact) or 2 (near) of 40 training examples out.",
            "The test split has 15 references for 5 dialogues.",
        ):
            assert line in text
        seen = drawn(app)
        assert "Data talks  40 + 8 + 5" in seen
        for word in ("w  Overview", "h  Lengths", "u  Duplicates 3", "d  Dialogues"):
            assert word in seen
        assert "40" in text and "学校の行事" in text and "[b]cooking[/b]" in text


@pytest.mark.parametrize("size", SIZES)
async def test_every_view_by_its_key_and_by_v(app: DialtuneApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot)
        for key, view in (("h", "lengths"), ("u", "duplicates"), ("d", "dialogues"), ("w", "overview")):
            await pilot.press(key)
            await until(pilot, lambda view=view: screen.query_one(f"#{view}").region.height > 3)  # type: ignore[misc]
            assert screen.query_one(f"#{view}").has_focus
            assert screen.view == view
        for view in ("lengths", "duplicates", "dialogues", "overview"):
            await pilot.press("v")
            assert screen.view == view
        await pilot.press("enter")
        assert screen.view == "dialogues", "from the overview Enter goes to what can be read"


async def test_lengths_in_tokens_with_what_is_cut_and_in_words(tmp_path: Path) -> None:
    app = DialtuneApp(Workspace(tmp_path / "none"))
    data = {"source": str(tmp_path / "talks"), "max_source_tokens": 120, "max_target_tokens": 128}
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.1)
        app.open_data(from_dict({"data": data}))
        screen = await on(pilot, "DataScreen")
        await found(pilot, screen)
        await pilot.press("h")
        pane = screen.query_one("#lengths", Pane)
        lengths = [n for part in screen.inquiry.lengths.source.values() for n in part]
        over = sum(n > 120 for n in lengths)
        assert 0 < over < len(lengths)
        await until(
            pilot, lambda: f"! {over:,} ({100 * over / 53:.1f}%) exceed data.max_source_tokens = 120" in pane.text
        )
        assert "┊120" in pane.text and "None exceeds data.max_target_tokens = 128." in pane.text
        assert "in tokens of builtin" in drawn(app)
        inside = pane.content_size
        assert len(pane.text.splitlines()) <= inside.height, "nothing to scroll for"
        await pilot.press("s", "s")
        await until(pilot, lambda: "the validation split" in pane.text)
        await pilot.press("m")
        await until(pilot, lambda: "Words of dialogues, the validation split" in pane.text)
        assert "┊" not in pane.text
        before = pane.text
        await pilot.press("L")
        await until(pilot, lambda: "log scale" in pane.text)
        assert pane.text != before
        await pilot.press("L", "m", "s", "s")
        await until(pilot, lambda: "Tokens of prompts, all splits" in pane.text)


@pytest.mark.parametrize("size", SIZES)
async def test_the_table_of_dialogues(app: DialtuneApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot)
        await pilot.press("d")
        table = screen.query_one("#dialogues", LongTable)
        await until(pilot, lambda: "53 dialogues, by order of the data ↑" in drawn(app))
        assert table.current.place == Place("train", 0)
        lines = drawn(app).splitlines()
        head = next(line for line in lines if " turns " in line and " refs " in line)
        assert [w for w in ("id", "split", "topic", "turns", "words", "sum.", "refs", "twice") if w in head.split()][2:]
        await pilot.press("j", "j", "j", "j", "j")
        await until(pilot, lambda: "= valid" in drawn(app))
        await until(
            pilot, lambda: "The same dialogue is in the validation split too" in screen.query_one("#two", Pane).text
        )
        await pilot.press("G")
        await until(pilot, lambda: table.current.place == Place("test", 4))
        await until(pilot, lambda: "reference 3:" in screen.query_one("#two", Pane).text)
        await pilot.press("b", "g")
        assert table.current.place == Place("train", 0)
        await pilot.press("f", "k", "right_square_bracket", "left_square_bracket")
        assert table.cursor == min(table._page, 52) - 1


async def test_split_leaked_sort_and_reverse(app: DialtuneApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("d", "s")
        assert len(ids(screen)) == 40 and "40 dialogues, train split" in drawn(app)
        await pilot.press("s")
        assert len(ids(screen)) == 8
        await pilot.press("s", "s")
        await pilot.press("l")
        assert ids(screen) == ["train_5", "train_7", "dev_3", "test_1"]
        await until(pilot, lambda: "4 dialogues, in more than one split" in drawn(app))
        await pilot.press("l")
        seen = {}
        for label in ("id", "topic", "turns", "words", "summary words", "references", "duplicates"):
            await pilot.press("o")
            for arrow in ("↑", "↓"):
                await until(pilot, lambda label=label, arrow=arrow: f"by {label} {arrow}" in drawn(app))  # type: ignore[misc]
                seen[label, arrow] = ids(screen)
                await pilot.press("O")
        assert seen["id", "↑"][:3] == ["dev_0", "dev_1", "dev_2"] and seen["id", "↓"][-1] == "dev_0"
        assert seen["id", "↑"].index("train_9") < seen["id", "↑"].index("train_10")
        assert seen["duplicates", "↑"][:4] == ["train_5", "dev_3", "train_7", "test_1"]
        words = [row.measure.words for row in screen.query_one(Browser).rows]  # type: ignore[union-attr]
        await pilot.press("o", "O")
        assert ids(screen)[0] == "test_4" and "by order of the data ↓" in drawn(app)
        assert len(words) == 53


async def test_the_filter_takes_words_as_they_are_typed(app: DialtuneApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("slash", *"zebra")
        await until(pilot, lambda: ids(screen) == ["test_1"])
        assert isinstance(app.focused, Input) and app.focused.value == "zebra"
        await pilot.press("ctrl+u", *"TEST_2", "enter")
        await until(pilot, lambda: ids(screen) == ["test_2"])
        await until(pilot, lambda: screen.query_one("#dialogues").has_focus)
        await pilot.press("slash", *" nothinglikeit")
        await until(pilot, lambda: ids(screen) == [])
        await until(pilot, lambda: "No dialogue" in drawn(app))
        await pilot.press("escape")
        await until(pilot, lambda: len(ids(screen)) == 53)
        await pilot.press("escape")
        await on(pilot, "RunsScreen") if app.workspace.runs() else await until(
            pilot, lambda: type(app.screen).__name__ == "RunsScreen"
        )


@pytest.mark.parametrize("size", SIZES)
async def test_duplicates_side_by_side(app: DialtuneApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot)
        await pilot.press("u")
        browser = screen.query_one(Browser)
        assert [(p.left, p.right, p.exact) for p in browser.rows] == [  # type: ignore[union-attr]
            (Place("test", 1), Place("train", 7), False),
            (Place("validation", 3), Place("train", 5), True),
            (Place("train", 10), Place("train", 11), True),
        ]
        one, two = screen.query_one("#one", Pane), screen.query_one("#two", Pane)
        await until(pilot, lambda: "zebra" in one.text)
        assert sum(line.startswith("≠ ") for line in one.text.splitlines()) == 1
        assert sum(line.startswith("≠ ") for line in two.text.splitlines()) == 1
        await pilot.press("enter")
        await until(pilot, lambda: one.region.height > size[1] - 8 and two.region.height > size[1] - 8)
        assert "alike" in drawn(app)
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: "≠" not in one.text and "dev_3" in drawn(app))
        assert "100% alike" in drawn(app)
        await pilot.press("escape", "l")
        await until(pilot, lambda: "2 pairs, in more than one split" in drawn(app))
        await pilot.press("o", "O")
        await until(pilot, lambda: "by similarity ↓" in drawn(app))


async def test_reading_with_the_whole_screen(app: DialtuneApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("d", *"jjjjjjj", "enter")
        one = screen.query_one("#one", Pane)
        await until(pilot, lambda: one.has_focus and one.region.height > 15)
        await until(pilot, lambda: one.max_scroll_y > 3)
        await pilot.press("J")
        await until(pilot, lambda: one.scroll_offset.y > 0)
        await pilot.press("K")
        await until(pilot, lambda: one.scroll_offset.y == 0)
        await pilot.press("enter")
        await until(pilot, lambda: screen.query_one("#dialogues").has_focus)
        await pilot.press("q")
        await until(pilot, lambda: type(app.screen).__name__ == "RunsScreen")


async def test_another_source_and_a_bad_one(app: DialtuneApp, tmp_path: Path) -> None:
    odd = fake_data.write(tmp_path / "[b]od\x1b[31md")
    (tmp_path / "empty").mkdir()
    (tmp_path / "torn.jsonl").write_text('{"dialogue": "A: hi", "summary": "x"}\n{"dial')
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        for name, says in (
            ("nowhere.jsonl", "There is no file or folder"),
            ("empty", "has no files with dialogues in it"),
            ("torn.jsonl", "line 2"),
        ):
            await pilot.press("i")
            await on(pilot, "TextScreen")
            await pilot.press("ctrl+u", *name, "enter")
            await until(pilot, lambda: screen.inquiry.problems)
            await until(pilot, lambda says=says: says in " ".join(screen.query_one("#overview", Pane).text.split()))  # type: ignore[misc]
            assert "✗" in drawn(app) and "i takes another source" in drawn(app)
            await pilot.press("x", "c", "u", "d", "y", "Y", "s", "l", "o", "O", "m", "L", "enter", "escape", "w")
            assert isinstance(app.screen, DataScreen)
        await pilot.press("i")
        await on(pilot, "TextScreen")
        await pilot.press("escape")
        screen.inquiry.take_source(str(odd))
        await found(pilot, screen)
        assert "Data [b]odd  40 + 8 + 5" in drawn(app)


async def test_the_hub_away_is_a_sentence_and_reload_asks_again(
    app: DialtuneApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def load(spec: DataSpec, fresh: bool, cancel: asking.Cancel) -> None:
        asked.append(fresh)
        raise HubError("The data set [x]\x1b[2J cannot be loaded", "the hub cannot be reached", "use files")

    monkeypatch.setattr(study, "load", load)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.1)
        await pilot.press("3")
        screen = await on(pilot, "DataScreen")
        await until(pilot, lambda: screen.inquiry.problems)
        await until(pilot, lambda: "The data set [x] cannot be loaded. the hub cannot" in drawn(app))
        await pilot.press("r")
        await until(pilot, lambda: asked == [False, True])


async def test_a_base_without_tokens_leaves_words(app: DialtuneApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("h", "B")
        await on(pilot, "TextScreen")
        await pilot.press("ctrl+u", *"./nothing", "enter")
        pane = screen.query_one("#lengths", Pane)
        await until(pilot, lambda: "No tokens: There is no base at ./nothing" in pane.text)
        assert "Words of dialogues" in pane.text
        await pilot.press("B")
        await on(pilot, "TextScreen")
        await pilot.press("ctrl+u", *"builtin", "enter")
        await until(pilot, lambda: "Tokens of prompts" in pane.text and "No tokens" not in pane.text)


async def test_what_is_copied(app: DialtuneApp, tmp_path: Path) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)

        async def copied(key: str) -> str:
            clipboard.file().unlink(missing_ok=True)
            await pilot.press(key)
            await until(pilot, clipboard.file().exists)
            return clipboard.file().read_text()

        assert "test dialogues that are in train" in await copied("y")
        talks = tmp_path / "talks"
        assert f"data {talks} --base builtin\n" in await copied("Y")
        await pilot.press("u")
        assert "--leakage" in await copied("Y")
        text = await copied("y")
        assert "test_1" in text and "train_7" in text and "zebra" in text
        await pilot.press("d", "j", "j")
        text = await copied("y")
        assert "\x1b" not in text and "[bold]not bold[/bold]" in text and "#Person1#:" in text
        await pilot.press("c")
        await on(pilot, "NewScreen")
        await until(pilot, lambda: any("leaves 2 of the training examples out" in t for t in toasts(app)))
        assert app.drafting.now.changes == {"data.source": str(talks), "data.exclude_leaked": "near"}


async def test_nothing_leaked_is_said(app: DialtuneApp, tmp_path: Path) -> None:
    only = tmp_path / "only"
    only.mkdir()
    rows = fake_data.rows()
    for split in ("train", "test"):
        some = [row for row in rows[split] if row["id"] not in ("train_7", "test_1_1", "test_1_2", "test_1_3")]
        (only / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in some))
    app.session = session.Session(source=str(only))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("c")
        await until(pilot, lambda: any("nothing to leave out" in t for t in toasts(app)))
        assert not clipboard.file().exists()


async def test_reports_are_written_and_never_over_another_file(app: DialtuneApp, tmp_path: Path) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)

        async def write(name: str) -> None:
            await pilot.press("x")
            await on(pilot, "TextScreen")
            await pilot.press("ctrl+u", *name, "enter")

        await pilot.press("x")
        await on(pilot, "TextScreen")
        await pilot.press("enter")
        report = tmp_path / "talks-report.md"
        await until(pilot, report.exists)
        await until(pilot, lambda: any("Written to talks-report.md" in t for t in toasts(app)))
        text = report.read_text()
        assert "| train | 40 |" in text and "test\\_1" not in text and "| near | " in text and "\x1b" not in text
        assert "学校の行事" in text and "\\[b\\]cooking" in text
        await write("talks-report.md")
        await until(pilot, lambda: any("is there already" in t for t in toasts(app)))
        assert report.read_text() == text
        await pilot.press("d", "l")
        await write("leaked.csv")
        await until(pilot, (tmp_path / "leaked.csv").exists)
        await until(pilot, lambda: (tmp_path / "leaked.csv").read_text().count("exact,") == 2)
        await pilot.press("u")
        await write("pairs.csv")
        await until(pilot, (tmp_path / "pairs.csv").exists)
        await until(pilot, lambda: "kind,similarity" in (tmp_path / "pairs.csv").read_text())
        await write("no/such/folder.md")
        await until(pilot, lambda: any("cannot be written" in t for t in toasts(app)))


async def test_from_a_run_by_i_and_back_by_3(make: Make, workspace: Workspace, tmp_path: Path) -> None:
    values = {"name": "mine", "data": {"source": str(tmp_path / "talks"), "every": 2, "exclude_leaked": "near"}}
    workspace.create(from_dict(values))
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        runs = await on(pilot, "RunsScreen")
        await until(pilot, lambda: any(row.name == "mine" for row in runs.rows))
        runs.query_one("#runs").go("mine")
        screen = await opened(pilot, "i")
        assert screen.inquiry.spec.data.every == 2
        assert "as mine reads it" in drawn(app)
        assert "data.exclude_leaked = near" in screen.query_one("#overview", Pane).text
    assert app.session.screen == "data" and app.session.runs == ("mine",)
    session.save(workspace.path, app.session)
    again = make()
    async with again.run_test(size=(80, 24)) as pilot:
        screen = await on(pilot, "DataScreen")
        await found(pilot, screen)
        assert screen.inquiry.spec.data.every == 2
        await pilot.press("q")
        await on(pilot, "RunsScreen")


async def test_resized_at_any_moment(app: DialtuneApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.1)
        await pilot.press("3")
        for size in ((200, 60), (40, 10), (80, 24), (111, 30), (20, 5), (160, 48)):
            await pilot.resize_terminal(*size)
            await pilot.press("v")
            await pilot.pause(0.05)
        screen = await on(pilot, "DataScreen")
        await found(pilot, screen)
        for size in ((30, 8), (200, 60), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.press("v", "enter", "escape") if screen.is_current else None
            await pilot.pause(0.05)
        assert app.is_running


async def test_hostile_text_is_only_ever_text(app: DialtuneApp) -> None:
    async with app.run_test(size=(200, 60)) as pilot:
        screen = await opened(pilot)
        await pilot.press("d", "j", "j")
        await until(pilot, lambda: "[bold]not bold[/bold]" in screen.query_one("#one", Pane).text)
        seen = drawn(app)
        assert "\x1b" not in seen and "\u202e" not in seen and "\u200b" not in seen and "\x9b" not in seen
        assert "red [bold]not bold[/bold]" in seen and HOSTILE not in seen


async def test_leaving_ends_what_is_at_work(app: DialtuneApp, monkeypatch: pytest.MonkeyPatch) -> None:
    handles: list[asking.Cancel] = []

    def slow(loaded: Any, progress: Any, cancel: asking.Cancel) -> None:
        handles.append(cancel)
        while not cancel.asked:
            progress(1, 2)
        raise asking.Cancelled

    monkeypatch.setattr(study, "duplicates", slow)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.1)
        await pilot.press("3")
        await until(pilot, lambda: "duplicates 50%" in drawn(app))
        await pilot.press("x")
        await until(pilot, lambda: any("Still looking for duplicates" in t for t in toasts(app)))
        await pilot.press("q")
        await until(pilot, lambda: handles and handles[0].asked)


async def test_many_thousand_rows_fill_and_scroll_at_once(app: DialtuneApp) -> None:

    drawn_rows: list[int] = []
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("d")
        table = screen.query_one("#dialogues", LongTable)
        before = table._cells
        table._cells = lambda row: drawn_rows.append(1) or before(row)  # type: ignore[func-returns-value]
        table.show(list(screen.inquiry.data.rows) * 400)
        await pilot.press("G")
        await pilot.pause(0.1)
        assert table.cursor == 53 * 400 - 1
        assert len(drawn_rows) < 400, "only what is on the screen is ever drawn"
        assert "test_4" in drawn(app)


def test_a_spec_is_enough_to_open(tmp_path: Path) -> None:
    assert DataScreen(RunSpec()).inquiry.spec == RunSpec()
