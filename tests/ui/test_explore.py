"""Explore over fake runs, driven by keys: the table, the query line, what is marked, and what is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from engine.errors import WorkspaceError
from engine.results.verdicts import Count, Ledger, Tally
from engine.runs.files import append_lines
from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tests.ui.waiting import drawn, on, until
from tui import session
from tui.app import DialtuneApp
from tui.screens.explore import ExploreScreen
from tui.widgets.pane import Pane
from tui.widgets.table import Table

Make = Callable[..., DialtuneApp]
MODELS = ("zero-shot-base", "full-base", "lora-r32-base")


async def explored(pilot: Pilot[Any]) -> ExploreScreen:
    """Explore on all three models, the first dialogue laid out."""
    await on(pilot, "RunsScreen")
    await pilot.press("e")
    screen: ExploreScreen = await on(pilot, "ExploreScreen")
    await until(pilot, lambda: screen.read_row is not None)
    return screen


async def asked(pilot: Pilot[Any], screen: ExploreScreen, query: str) -> list[int]:
    """The places that ``query`` finds, typed and taken."""
    await pilot.press("slash")
    screen.query_one(Input).value = query
    await pilot.press("enter")
    await until(pilot, lambda: screen.shown is not None and screen.shown.view.query == query)
    return list(map(int, screen.table.rows))


def said(screen: ExploreScreen) -> str:
    return screen.query_one("#summaries", Pane).text


# -- the table ------------------------------------------------------------------------------------


async def test_all_models_are_joined(make: Make) -> None:
    app = make()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await explored(pilot)
        assert screen.models == MODELS
        assert len(screen.table.rows) == 12
        text = drawn(app)
        for word in ("12 dialogues", "mean", "best in", "▲", "▼", "[b]repair[/b]", "reference 1:", "#Person2#:", "R1"):
            assert word in text, word
        await pilot.press("j", "j", "j")
        await until(pilot, lambda: "test_3" in str(screen.query_one("#dialogue", Pane).border_title))
        assert "客服" in drawn(app) or "#Person1#" in drawn(app)


async def test_marked_runs_only(make: Make) -> None:
    app = make()
    async with app.run_test() as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("G", "space", "k", "space", "e")
        screen = await on(pilot, "ExploreScreen")
        assert screen.models == MODELS[:2]


async def test_no_summaries_yet(_at_home: None) -> None:
    place = Workspace(Path("runs"))
    fake_runs.new(place, "lora", "queued", fake_runs.NOW)
    app = DialtuneApp(place)
    async with app.run_test() as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("e")
        await until(pilot, lambda: any("No run has summaries" in n.message for n in app._notifications))


async def test_the_metric_is_switched_and_the_sorting_follows(make: Make) -> None:
    app = make()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await explored(pilot)
        for clause in ("topic", "turns", "length", "disagreement-", "(full-base - zero-shot-base)", "zero-shot-base"):
            await pilot.press("o")
            await until(pilot, lambda clause=clause: screen.shown.view.query == f"sort:{clause}")
            assert screen.shown is not None and screen.shown.problem is None
        assert screen.rows is not None
        figures = screen.rows.score("zero-shot-base", "rouge1")[screen.table.rows].tolist()
        assert figures == sorted(figures)
        await pilot.press("O")
        await until(pilot, lambda: screen.shown.view.query == "sort:zero-shot-base-")
        assert screen.rows.score("zero-shot-base", "rouge1")[screen.table.rows].tolist() == figures[::-1]
        await pilot.press("m")
        await until(pilot, lambda: "ROUGE-2, F1" in drawn(app))
        values = screen.rows.score("zero-shot-base", "rouge2")[screen.table.rows].tolist()
        assert values == sorted(values, reverse=True), "sorted by the figure shown"
        await pilot.press("M")
        await until(pilot, lambda: "ROUGE-1, F1" in drawn(app))


async def test_aggregates_are_of_the_rows_shown(make: Make) -> None:
    app = make()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await explored(pilot)
        places = await asked(pilot, screen, "parcel")
        assert 0 < len(places) < 12 and screen.shown is not None and screen.rows is not None
        for model in MODELS:
            values = screen.rows.score(model, "rouge1")[places]
            assert screen.shown.means[model].mean == pytest.approx(float(values.mean()))
            assert f"{100 * values.mean():.1f}" in drawn(app).splitlines()[2]
        assert f"{len(places)} dialogues of 12" in drawn(app)


async def test_means_of_different_dialogues_are_told_apart(make: Make, workspace: Workspace) -> None:
    run = workspace.open("full-base")
    run.predictions_path.write_text("".join(run.predictions_path.read_text().splitlines(keepends=True)[:7]))
    app = make()
    async with app.run_test(size=(120, 40)) as pilot:
        await explored(pilot)
        assert "! means are of different dialogues" in drawn(app)
        assert "     n " in drawn(app)
        assert "▲" not in drawn(app).splitlines()[2], "no mean is best where they are of different dialogues"
        await pilot.press("G")
        await until(pilot, lambda: "did not decode this dialogue" in drawn(app))


async def test_models_are_moved_pinned_and_hidden(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await explored(pilot)
        await pilot.press("c")
        await on(pilot, "ColumnsScreen")
        await pilot.press("space", "j", "j", "K", "p", "enter")  # hide the first, move the last up and pin it
        await until(pilot, lambda: screen.view.columns == ("lora-r32-base", "full-base"))
        await until(pilot, lambda: screen.shown.view == screen.view)
        head = drawn(app).splitlines()[1]
        assert "zero" not in head and head.index("A lora") < head.index("topic") < head.index("B full")
        await pilot.press("c", "space", "j", "space", "j", "space", "space", "escape")
        assert screen.view.columns == ("lora-r32-base", "full-base"), "Esc leaves all as it was"
        await pilot.press("c", "j", "space", "j", "space", "enter")
        await until(pilot, lambda: any("One model has to stay" in n.message for n in app._notifications))


async def test_pinned_columns_stay_when_the_table_scrolls(make: Make, workspace: Workspace) -> None:
    for number in range(5):
        run = fake_runs.new(workspace, "lora", f"more-{number}", fake_runs.NOW - 50 - number)
        run.predictions_path.write_text(workspace.open("full-base").predictions_path.read_text())
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await explored(pilot)
        assert screen.table.max_scroll_x > 0
        await pilot.press("c", "p", "enter")
        await until(pilot, lambda: bool(screen.shown.view.pinned))
        first = screen.view.columns[0][:4]
        for _ in range(6):
            await pilot.press("greater_than_sign")
        await until(pilot, lambda: "topic" not in drawn(app).splitlines()[1])
        line = drawn(app).splitlines()[1]
        assert "id" in line and f"A {first}" in line and "F " in line
        assert "test_0" in drawn(app).splitlines()[4] and "mean" in drawn(app).splitlines()[2]


async def test_the_difference_is_of_the_pair_that_is_chosen(make: Make) -> None:
    app = make()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await explored(pilot)
        assert "B−A" in drawn(app)
        await pilot.press("d")
        table = (await on(pilot, "ChooseScreen")).query_one(Table)
        table.go("full-base lora-r32-base")
        await pilot.press("enter")
        await until(pilot, lambda: "B−C" in drawn(app))
        assert screen.shown is not None and screen.rows is not None
        gap = screen.rows.score("full-base", "rouge1") - screen.rows.score("lora-r32-base", "rouge1")
        assert screen.shown.gap(0) == pytest.approx(float(gap[0]))
        assert f"{100 * gap.mean():+.1f}".replace("-", "−") in drawn(app).splitlines()[2]
        await pilot.press("d")
        await on(pilot, "ChooseScreen")
        await pilot.press("g", "enter")
        await until(pilot, lambda: "B−C" not in drawn(app))


async def test_one_model_alone(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("G", "space", "e")
        screen = await on(pilot, "ExploreScreen")
        await until(pilot, lambda: screen.read_row is not None)
        table = "".join(drawn(app).splitlines()[:9])
        assert "▲" not in table and "▼" not in table and "−A" not in table
        await pilot.press("d", "B", "h")
        told = [note.message for note in app._notifications]
        assert any("A difference takes two" in m for m in told) and any("blind takes two" in m for m in told)
        assert any("A verdict takes two" in m for m in told)
        await pilot.press("w")
        await until(pilot, lambda: "reference 1 → A zero-shot-base" in said(screen))


# -- the query line -------------------------------------------------------------------------------


async def test_typing_finds_at_once_and_escape_takes_it_back(make: Make) -> None:
    app = make()
    async with app.run_test() as pilot:
        screen = await explored(pilot)
        await pilot.press("slash", *"PARCEL")
        await until(pilot, lambda: len(screen.table.rows) == 2)
        await pilot.press("enter")
        await until(pilot, lambda: screen.table.has_focus)
        await pilot.press("slash", *"xyzzy")
        await until(pilot, lambda: len(screen.table.rows) == 0)
        await until(pilot, lambda: "No dialogue" in drawn(app))
        await pilot.press("escape")
        await until(pilot, lambda: len(screen.table.rows) == 2 and screen.table.has_focus)
        await pilot.press("escape")
        await until(pilot, lambda: len(screen.table.rows) == 12)
        await pilot.press("escape")
        await on(pilot, "RunsScreen")


async def test_a_bad_query_says_where_and_leaves_the_rows(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await explored(pilot)
        await asked(pilot, screen, "parcel")
        await pilot.press("slash")
        screen.query_one(Input).value = "parcel turns< "
        await until(pilot, lambda: screen.shown.problem is not None)
        assert len(screen.table.rows) == 2
        assert "last good query" in drawn(app)
        line = next(line for line in drawn(app).splitlines() if "! " in line and "▸" in line)
        assert "turns<" in line
        await pilot.press("enter", "m")
        await until(pilot, lambda: screen.shown.view.metric == "rouge2")
        assert len(screen.table.rows) == 2 and screen.shown.problem is not None
        await pilot.press("slash")
        screen.query_one(Input).value = "turns<4"
        await until(pilot, lambda: screen.shown.problem is None)
        await until(pilot, lambda: "▸" not in drawn(app).splitlines()[-2])
        assert 0 < len(screen.table.rows) < 12


async def test_a_query_is_completed(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await explored(pilot)
        await pilot.press("slash", *"tur")
        await until(pilot, lambda: "▸turns" in drawn(app))
        await pilot.press("tab")
        line = screen.query_one(Input)
        assert line.value.startswith("turns") and line.has_focus
        line.value = ""
        await until(pilot, lambda: "Tab" in drawn(app))
        first = next(line for line in drawn(app).splitlines() if "Tab " in line)
        await pilot.press("down")
        await until(pilot, lambda: first not in drawn(app))
        await pilot.press("f2")
        await on(pilot, "ExplainScreen")
        assert "are looked for in dialogues" in drawn(app)
        await pilot.press("G")
        await until(pilot, lambda: "is:marked" in drawn(app))
        await pilot.press("q")
        await on(pilot, "ExploreScreen")


async def test_queries_are_kept_under_a_name_and_offered(make: Make, workspace: Workspace) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await explored(pilot)
        await pilot.press("S")
        await until(pilot, lambda: any("There is no query to keep" in n.message for n in app._notifications))
        await asked(pilot, screen, "parcel")
        await pilot.press("S")
        await on(pilot, "TextScreen")
        await pilot.press(*"lost ones", "enter")
        await until(pilot, lambda: any("offers the query as lost ones" in n.message for n in app._notifications))
        await pilot.press("escape")
        await until(pilot, lambda: len(screen.table.rows) == 12)
        await pilot.press("s")
        await on(pilot, "ChooseScreen")
        assert "lost ones" in drawn(app) and "where the models disagree most" in drawn(app)
        await pilot.press("g", "enter")
        await until(pilot, lambda: len(screen.table.rows) == 2)
        await pilot.press("S")
        await on(pilot, "TextScreen")
        await pilot.press("ctrl+u", "enter")
        await until(pilot, lambda: any("no longer kept" in n.message for n in app._notifications))
        await pilot.press("s")
        await on(pilot, "ChooseScreen")
        assert "lost ones" not in drawn(app)


async def test_the_screen_comes_back_as_it_was(make: Make, workspace: Workspace) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await explored(pilot)
        await pilot.press("m", "c", "space", "J", "enter", "v", "v")
        await asked(pilot, screen, "train")
        before = screen.view
    session.save(workspace.path, app.session)
    again = make()
    async with again.run_test(size=(80, 24)) as pilot:
        screen = await on(pilot, "ExploreScreen")
        await until(pilot, lambda: screen.shown is not None and screen.read_row is not None)
        assert screen.view == before
        assert "underlined: bigrams" in drawn(again)


# -- the dialogue ---------------------------------------------------------------------------------


async def test_the_dialogue_scrolls_from_the_table(make: Make) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await explored(pilot)
        pane = screen.query_one("#summaries", Pane)
        await until(pilot, lambda: pane.max_scroll_y > 0)
        await pilot.press("J")
        await until(pilot, lambda: pane.scroll_y == 3)
        await pilot.press("K")
        await until(pilot, lambda: pane.scroll_y == 0)
        await pilot.press("enter")
        await until(pilot, lambda: pane.size.height > 15)
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: "test_1" in str(screen.query_one("#dialogue", Pane).border_title))
        await pilot.press("escape")
        await until(pilot, lambda: screen.table.has_focus)


async def test_marks_are_switched_by_key(make: Make) -> None:
    app = make()
    async with app.run_test(size=(160, 48)) as pilot:
        screen = await explored(pilot)
        assert "underlined" not in drawn(app)
        for words in ("counted by ROUGE-1", "counted by ROUGE-2", "longest common", "nowhere in the dialogue"):
            await pilot.press("v")
            await until(pilot, lambda words=words: words in drawn(app))
            pane = screen.query_one("#summaries", Pane)
            styles = [str(span.style) for span in pane._lines.spans if "underline" in str(span.style)]
            assert styles, words
        assert "words are nowhere in the dialogue" in said(screen)
        await pilot.press("v")
        await until(pilot, lambda: "underlined" not in drawn(app))


async def test_any_two_texts_are_compared(make: Make) -> None:
    app = make()
    async with app.run_test(size=(160, 48)) as pilot:
        screen = await explored(pilot)
        await pilot.press("w")
        await until(pilot, lambda: "([-zero-shot-]{+full+})" in said(screen))
        assert "A zero-shot-base → B full-base" in said(screen)
        await pilot.press("W")
        (await on(pilot, "ChooseScreen")).query_one(Table).go("reference 2")
        await pilot.press("enter")
        await until(pilot, lambda: "to which text?" in drawn(app))
        app.screen.query_one(Table).go("reference 3")
        await pilot.press("enter")
        await until(pilot, lambda: "reference 2 → reference 3" in said(screen))
        assert "Reference [-2-] {+3+}:" in said(screen)
        await pilot.press("v")
        await until(pilot, lambda: "underlined" in drawn(app))


async def test_a_long_dialogue_is_folded(make: Make, workspace: Workspace) -> None:
    run = fake_runs.new(workspace, "lora", "long", fake_runs.NOW)
    text = "\n".join(f"Ana: turn {number}" for number in range(60)) + "\nBo: " + "x" * 2000
    one = replace(fake_runs.prediction(0, "lora", 0.4, __import__("random").Random(1)), dialogue=text)
    huge = replace(one, id="huge", dialogue="Ana: " + "word " * 100_000)
    append_lines(run.predictions_path, [json.dumps(asdict(each)) + "\n" for each in (one, huge)])
    app = make()
    async with app.run_test(size=(120, 48)) as pilot:
        await on(pilot, "RunsScreen")
        await pilot.press("g", "space", "e")
        screen = await on(pilot, "ExploreScreen")
        pane = screen.query_one("#dialogue", Pane)
        await until(pilot, lambda: "45 turns folded: z shows them" in pane.text)
        assert "turn 9" in pane.text and "turn 30" not in pane.text and "turn 59" in pane.text
        assert "1,404 more characters: z" in pane.text
        await pilot.press("z")
        await until(pilot, lambda: "turn 30" in pane.text and "x" * 2000 in pane.text)
        await pilot.press("j")
        await until(pilot, lambda: "more characters: copy it" in pane.text)
        assert len(pane.text) < 25_000


async def test_what_is_copied_is_whole(make: Make, copied: list[str]) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await explored(pilot)
        await pilot.press("y")
        await until(pilot, lambda: copied)
        for words in ("test_0  booking a table", "#Person1#: Could", "reference 3:", "B full-base  R1", "(lora)"):
            assert words in copied[0]
        await asked(pilot, screen, "turns>3")
        await pilot.press("Y")
        await until(pilot, lambda: len(copied) == 2)
        assert copied[1].endswith("compare zero-shot-base full-base lora-r32-base --query 'turns>3'")


# -- what is said ---------------------------------------------------------------------------------


async def test_marks_and_notes_are_kept_and_found(make: Make, workspace: Workspace) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await explored(pilot)
        await pilot.press("j", "j")
        await until(pilot, lambda: screen.read_row is not None and screen.read_row.id == "test_2")
        await pilot.press("space", "n")
        await on(pilot, "TextScreen")
        await pilot.press(*"look [b]here[/b]", "enter")
        await until(pilot, lambda: "¶ look [b]here[/b]" in said(screen))
        assert "●¶" in drawn(app)
        await pilot.press("u")
        await until(pilot, lambda: list(screen.table.rows) == [2])
        await pilot.press("space")
        await until(pilot, lambda: len(screen.table.rows) == 0 or not screen.said.bookmarks)
        await pilot.press("u")
        await until(pilot, lambda: len(screen.table.rows) == 12)
    found = Ledger(workspace.path).read()
    assert not found.bookmarks and list(found.notes.values()) == ["look [b]here[/b]"]


async def test_what_another_terminal_said_is_shown(make: Make, workspace: Workspace) -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await explored(pilot)
        assert screen.read_row is not None
        Ledger(workspace.path).bookmark(screen.read_row.key, "test_0", True)
        await pilot.press("question_mark", "escape")
        await until(pilot, lambda: "●" in drawn(app))


async def test_a_verdict_is_kept_and_taken_back(make: Make, workspace: Workspace) -> None:
    app = make()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await explored(pilot)
        await pilot.press("l")
        await until(pilot, lambda: "judged: B full-base is better than A zero-shot-base" in said(screen))
        await pilot.press("e")
        await until(pilot, lambda: "are equally good" in said(screen))
        assert Ledger(workspace.path).read().tally() == {("full-base", "zero-shot-base"): Tally(open=Count(0, 1, 0))}
        await pilot.press("U")
        await until(pilot, lambda: "judged" not in said(screen))
        assert Ledger(workspace.path).read().tally() == {}


async def test_judging_blind_hides_names_and_figures(make: Make, workspace: Workspace, copied: list[str]) -> None:
    app = make()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await explored(pilot)
        await pilot.press("B")
        await until(pilot, lambda: "◀ first" in said(screen))
        shown: dict[str, str] = {}
        for number in range(12):
            await until(
                pilot, lambda number=number: screen.read_row is not None and screen.read_row.id == f"test_{number}"
            )
            text = drawn(app).replace("(zero-shot)", "").replace("(full)", "")
            assert not any(model in text for model in MODELS), "no name shows"
            assert not any(mark in text for mark in ("▲", "▼", "R1", "ROUGE", "B−A")), "nor any figure"
            body = said(screen)
            shown[f"test_{number}"] = "full" if body.find("(full)") < body.find("(zero-shot)") else "zero-shot"
            await pilot.press("y", "h")
        assert not any(model in text for model in MODELS for text in copied)
        await until(pilot, lambda: screen.judged == 12)
        assert "12 judged" in drawn(app)
        await pilot.press("B")
        await until(pilot, lambda: any("Judged blind, 12 dialogues" in n.message for n in app._notifications))
        await until(pilot, lambda: "B−A" in drawn(app))
    found = Ledger(workspace.path).read()
    pair = ("full-base", "zero-shot-base")
    for verdict in found.verdicts.values():
        if verdict.id != "test_3":  # both say the same there
            assert verdict.blind and verdict.pair == pair and verdict.winner == f"{shown[verdict.id]}-base"
    assert found.tally()[pair].blind.all == 12


async def test_the_order_is_drawn_anew_for_each_dialogue_and_stays(make: Make) -> None:
    app = make()
    async with app.run_test() as pilot:
        screen = await explored(pilot)
        await pilot.press("B")
        orders = [screen.order(f"{number:016x}", ("a", "b")) for number in range(200)]
        assert orders == [screen.order(f"{number:016x}", ("a", "b")) for number in range(200)]
        assert 60 < sum(order == ("a", "b") for order in orders) < 140
        await pilot.press("B", "B")
        assert orders != [screen.order(f"{number:016x}", ("a", "b")) for number in range(200)]


async def test_a_ledger_that_cannot_be_written_is_told(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise WorkspaceError("verdicts.jsonl cannot be written", "No space left")

    monkeypatch.setattr(Ledger, "_write", refuse)
    app = make()
    async with app.run_test() as pilot:
        await explored(pilot)
        await pilot.press("space")
        await until(pilot, lambda: any("No space left" in n.message for n in app._notifications))
        assert "●" not in drawn(app)
