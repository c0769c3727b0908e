"""Theme files, ours and bad ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.color import Color

from tests.ui.waiting import on, until
from tui import themes
from tui.app import DialtuneApp


def test_ours_are_all_good() -> None:
    found, notices = themes.load_all()
    assert notices == []
    assert set(OURS) <= {theme.name for theme in found}
    assert {theme.dark for theme in found} == {True, False}


def test_the_documented_theme_documents_everything() -> None:
    text = (themes.BUILT_IN / "dusk.toml").read_text(encoding="utf-8")
    for role, colour in themes.ROLES.items():
        assert f"{role} = " in text
        assert f"[{colour}]" in text


OURS = ["dusk", "paper", "contrast", "safe", "mono", "ansi"]


@pytest.mark.parametrize("name", [name for name in OURS if name != "ansi"])
def test_every_role_can_be_read(name: str) -> None:
    theme = themes.read(themes.BUILT_IN / f"{name}.toml")
    colours = theme.to_color_system().generate()
    for role, colour in (themes.role_defaults(theme) | theme.variables).items():
        if role.startswith("cursor"):  # a background: what stands on it is the text
            assert contrast(Color.parse(colour), Color.parse(colours["foreground"])) >= 4.5, role
            continue
        ratio = contrast(Color.parse(colour), Color.parse(colours["background"]))
        assert ratio >= (7 if name == "contrast" else 4.5), f"{role} on the background: {ratio:.1f}:1"


def contrast(one: Color, other: Color) -> float:
    """WCAG's contrast ratio."""

    def luminance(colour: Color) -> float:
        parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name = [", "Invalid"),
        ("[colours]\nprimary = '#zzz'", "is no colour"),
        ("[colours]\nprimary = 3", "is no colour"),
        ("[colours]\naccent = '#fff'", "no primary"),
        ("name = 'x'", "[colours] is missing"),
        ("[colours]\nprimary = '#fff'\nprimery = '#fff'", "did you mean primary"),
        ("[colours]\nprimary = '#fff'\n[roles]\ntrian = '#fff'", "did you mean train"),
        ("name = '../x'\n[colours]\nprimary = '#fff'", "letters"),
    ],
)
def test_a_bad_file_says_why(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(themes.ThemeError, match=why.replace("[", r"\[")):
        themes.read(path)


async def test_a_bad_file_is_a_notice_and_a_good_one_a_theme(make: Callable[..., DialtuneApp]) -> None:
    folder = themes.config_folder() / "themes"
    folder.mkdir(parents=True)
    (folder / "bad.toml").write_text("nonsense", encoding="utf-8")
    (folder / "mine.toml").write_text("name = 'mine'\n[colours]\nprimary = '#123456'", encoding="utf-8")
    app = make()
    async with app.run_test() as pilot:
        await on(pilot, "RunsScreen")
        assert "mine" in app.available_themes
        assert any("bad.toml" in note.message for note in app._notifications)


async def test_a_chosen_theme_is_kept(make: Callable[..., DialtuneApp]) -> None:
    app = make()
    async with app.run_test() as pilot:
        await on(pilot, "RunsScreen")
        before = app.theme
        await pilot.press("t")
        await until(pilot, lambda: app.theme != before and themes.remembered() == app.theme)
    assert make().theme == app.theme


async def test_no_color_is_heeded(make: Callable[..., DialtuneApp], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make()
    async with app.run_test() as pilot:
        await on(pilot, "RunsScreen")
        styles = [segment.style for strip in app.screen._compositor.render_strips() for segment in strip]
        drawn = {colour.name for style in styles if style for colour in (style.color, style.bgcolor) if colour}
        assert drawn == {"default"}
        assert any(style.reverse for style in styles if style), "the row under the cursor"


def test_shades_of_grey_are_grey_and_safe_ones_tell_apart() -> None:
    mono = themes.read(themes.BUILT_IN / "mono.toml")
    for colour in [mono.primary, *mono.variables.values()]:
        assert len(set(Color.parse(colour).rgb)) == 1
    safe = themes.read(themes.BUILT_IN / "safe.toml")
    colours = themes.role_defaults(safe) | safe.variables
    for one, other in (("train", "validation"), ("memory-run", "memory-others"), ("state-finished", "state-failed"),
                       ("speaker-1", "speaker-2"), ("best", "label")):  # fmt: skip
        seen = [deuteranope(Color.parse(colours[role])) for role in (one, other)]
        assert sum((a - b) ** 2 for a, b in zip(*seen, strict=True)) ** 0.5 > 0.25, (one, other)


def deuteranope(colour: Color) -> tuple[float, float, float]:
    """What an eye without green cones sees, in linear RGB (matrix of Viénot, Brettel and Mollon, 1999)."""
    red, green, blue = ((c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4) for c in colour.normalized)
    mixed = 0.29275 * red + 0.70725 * green
    return mixed, mixed, -0.02234 * red + 0.02234 * green + blue


@pytest.mark.parametrize("screen", [None, "lora-r8-live", "full-base"])
async def test_sixteen_colours_are_the_terminals_own(make: Callable[..., DialtuneApp], screen: str | None) -> None:
    app = make(screen)
    app.theme = "ansi"
    async with app.run_test(size=(120, 40)) as pilot:
        await on(pilot, "LiveScreen" if screen else "RunsScreen")
        await pilot.press("j")
        await pilot.pause(0.3)
        strips = app.screen._compositor.render_strips()
        styles = [segment.style for strip in strips for segment in strip if segment.style is not None]
        drawn = {colour for style in styles for colour in (style.color, style.bgcolor) if colour is not None}
        assert {colour.name for colour in drawn if colour.triplet is not None} == set()
        assert all(colour.number is None or colour.number < 16 for colour in drawn)
        assert len(drawn) > 4
