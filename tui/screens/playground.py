"""A dialogue of one's own, and what each model makes of it, while it does."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static, TextArea

from engine.data.examples import Example
from engine.errors import DialtuneError
from engine.playground.protocol import Model
from tui import clipboard, history, keys, transcript
from tui import format as fmt
from tui.bench import Bench, Draft
from tui.screens.ask import TextScreen
from tui.screens.base import RunScreen
from tui.screens.decoding import DecodingScreen, Settings
from tui.screens.models import ModelsScreen
from tui.text import clean, fit
from tui.widgets.answers import Answers
from tui.widgets.dialogue import letters
from tui.widgets.footer import Footer
from tui.widgets.title import Title
from tui.widgets.writing import LONGEST, SHOWN, Writing

DRAIN_SECONDS = 0.1
"""Answers are drawn this often; the server tells no more."""
_EMPTY = """\
Nothing asked yet.

e  type or paste a dialogue         o  open a text file
n  take a sample of the built-in    m  choose models
d  decoding and shots               r  run"""


class PlaygroundScreen(RunScreen):
    """The dialogue and its references, the models chosen, and their answers."""

    SCOPE = "playground"
    BINDINGS = keys.bindings("playground")
    CSS_PATH = "playground.tcss"

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self._prompts = False
        self._timer: Timer | None = None
        self._kept: list[history.Kept] = []
        self._place: int | None = None
        self._samples: tuple[Example, ...] = ()
        self._sample = -1
        self._given = Draft()
        self._offered = False

    def compose(self) -> ComposeResult:
        """What is asked beside what is answered, or above it."""
        yield Title(Content("Playground"))
        with Container(id="desk"):
            with Vertical(id="writing"):
                yield Writing("dialogue", "dialogue", "Speaker: words, a turn a line. Esc leaves the field.")
                yield Writing("references", "references", "Summaries to score against; a blank line between two")
            with Vertical(id="said"):
                yield Static(id="asked", markup=False)
                yield Answers()
        yield Static(id="server", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        """Show what was there; look for answers in time."""
        self.query_one(Answers).say(Content(_EMPTY))
        self.query_one(Answers).focus()
        self._show(self._bench.draft)
        self._draw()
        self._timer = self.set_interval(DRAIN_SECONDS, self._drain)
        self.run_worker(self._load_history, thread=True)

    def on_screen_suspend(self) -> None:
        """Answers wait while another screen lies on top."""
        if self._timer is not None:
            self._timer.pause()

    def on_screen_resume(self) -> None:
        """Look for answers again."""
        if self._timer is not None:
            self._timer.resume()
        self._drain()

    def _load_history(self) -> None:
        kept = history.load()
        self.from_thread(setattr, self, "_kept", kept)

    # -- drawing ----------------------------------------------------------------------------------

    def _drain(self) -> None:
        bench = self._bench
        if bench.drain() or bench.notices:
            for severity, text in bench.notices:
                self.app.notify(clean(text), severity=severity, markup=False)  # type: ignore[arg-type]
            bench.notices.clear()
            self._draw()

    def _draw(self) -> None:
        bench, width = self._bench, max(self.size.width - 2, 20)
        models: list[Any] = []
        for letter, model in zip(letters(len(bench.models)), bench.models, strict=True):
            models += [(f" {letter} ", "bold $primary"), fit(model.key, 28)]
        shots = bench.shots
        many = fmt.count(len(shots.ids) or shots.count, "shot") if shots.ids or shots.count else "no shots"
        self.query_one("#asked", Static).update(
            Content("\n").join(
                [
                    Content.assemble(("models  ", "$label"), *(models or [("none yet: m chooses", "$notice-warning")])),
                    Content.assemble(("decoding ", "$label"), f" {bench.decoding.summary}; {many}"),
                ]
            )
        )
        answers = list(bench.answers.values())
        self.query_one(Answers).show(answers, self._prompts, self.has_class("-reading"))
        done = sum(answer.over for answer in answers)
        parts: list[Any] = [("Playground ", "bold $primary")]
        if bench.busy:
            parts.append((f" ▶ {done} of {fmt.count(len(answers), 'answer')}", "$state-running"))
        parts += [" the prompts as they were sent" if self._prompts else ""]
        parts += [(f"  {fit(bench.draft.origin, 50)}", "$label")] if bench.draft.origin else []
        self.query_one(Title).update(Content.assemble(*parts))
        self.query_one("#server", Static).update(_server(bench, width))
        if self._offered != bench.busy:
            self._offered = bench.busy
            self.refresh_bindings()

    def _show(self, draft: Draft) -> None:
        """Put ``draft`` into the fields."""
        self.query_one("#dialogue", Writing).put(draft.dialogue)
        self.query_one("#references", Writing).put("\n\n".join(draft.references))
        self._given = draft
        self._fields()

    @on(TextArea.Changed)
    def _fields(self) -> None:
        """Take what stands in the fields into the draft."""
        dialogue, references = self.query_one("#dialogue", Writing), self.query_one("#references", Writing)
        given = self._given
        groups: Sequence[str] = given.references
        if not references.untouched:
            groups = [group.strip() for group in re.split(r"\n\s*\n", references.text)]
        draft = Draft(
            dialogue.raw,
            tuple(filter(None, groups)),
            given.origin if dialogue.untouched else "",
            given.file if dialogue.untouched else "",
        )
        amount = len(draft.dialogue)
        title = f"dialogue, {fmt.count(amount, 'character')}" if amount else "dialogue"
        dialogue.border_title = f"{title}, the first {SHOWN:,} shown" if dialogue.hidden else title
        amount = len(draft.references)
        references.border_title = fmt.count(amount, "reference") if amount else "references"
        writing = isinstance(self.focused, Writing)
        self.set_class(bool(references.text) or writing, "-references")
        self.set_class(writing, "-writing")
        before, self._bench.draft = self._bench.draft, draft
        if before.origin != draft.origin:
            self._draw()

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def _focus_moved(self) -> None:
        self.call_after_refresh(self._fields)

    def on_resize(self) -> None:
        """The line on the server fits anew."""
        self._draw()

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted anywhere but into a field is a new dialogue."""
        event.stop()
        self._new(Draft(event.text))

    def _new(self, draft: Draft) -> None:
        self._place = None
        self._show(draft)
        self._draw()

    # -- running ----------------------------------------------------------------------------------

    def action_run(self) -> None:
        """Ask the models; choose some first where none is chosen."""
        if not self._bench.models and self._bench.draft.dialogue.strip():
            self.action_models()
            return
        if wrong := self._bench.ask():
            self.app.notify(wrong, severity="warning", markup=False)
            return
        self._prompts = False
        draft = self._bench.draft
        self._place = None

        def keep() -> None:
            kept = history.add(history.Kept(draft.dialogue, draft.references, draft.origin))
            self.from_thread(setattr, self, "_kept", kept)

        self.run_worker(keep, thread=True, group="history")
        self.query_one(Answers).focus()
        self._draw()

    def action_stop(self) -> None:
        """Stop the models at work."""
        if not self._bench.stop():
            self.app.notify("Nothing is at work.")

    def action_unload(self) -> None:
        """Give the memory of the loaded models back."""
        if not self._bench.unload():
            self.app.notify("No model is loaded.")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The footer offers to run, or to stop."""
        if action in ("run", "stop"):
            return self._bench.busy == (action == "stop")
        return True

    # -- choosing ---------------------------------------------------------------------------------

    def action_models(self) -> None:
        """Choose the models."""

        def answered(models: list[Model] | None) -> None:
            if models is not None:
                self.choose(models)

        self.app.push_screen(ModelsScreen(self.terminal.workspace, self._bench.models), answered)

    def choose(self, models: Sequence[Model]) -> None:
        """Ask ``models`` from now on, also next time."""
        self._bench.models = list(models)
        self.terminal.remember(models=tuple(model.key for model in models))
        self._draw()

    def action_settings(self) -> None:
        """Change how summaries are decoded, and the shots."""

        def answered(settings: Settings | None) -> None:
            if settings is not None:
                self._bench.decoding, self._bench.shots = settings
                self._draw()

        self.app.push_screen(DecodingScreen(self._bench.decoding, self._bench.shots), answered)

    # -- the dialogue -----------------------------------------------------------------------------

    def action_edit(self, field: str) -> None:
        """Type into a field."""
        self.add_class(f"-{field}")
        self.remove_class("-reading")
        self.query_one(f"#{field}", Writing).focus()

    def action_open(self) -> None:
        """Open a text file as the dialogue."""

        def answered(name: str | None) -> None:
            if not name:
                return
            path = Path(name)

            def work() -> None:
                try:
                    text = transcript.read(path, LONGEST)
                except DialtuneError as error:
                    self.from_thread(self._refuse, error)
                else:
                    whole = str(path.expanduser().resolve())
                    self.from_thread(self._new, Draft(text, (), f"from {path}", whole))

            self.run_worker(work, thread=True)

        hint = "A text file with one dialogue; relative paths start where dialtune was started."
        self.app.push_screen(TextScreen("Open a dialogue", "", hint), answered)

    def _refuse(self, error: DialtuneError) -> None:
        self.app.notify(clean(error), severity="error", markup=False)

    def action_sample(self) -> None:
        """Take the next dialogue of the built-in test split, with its references."""

        def work() -> None:
            from engine.data.sources import load  # pydantic; only for who takes a sample
            from engine.spec import DataSpec

            found = load(DataSpec(train=0, validation=0)).splits.test
            self.from_thread(self._take_sample, found)

        if self._samples:
            self._take_sample(self._samples)
        else:
            self.run_worker(work, thread=True, exclusive=True, group="samples")

    def _take_sample(self, samples: tuple[Example, ...]) -> None:
        self._samples = samples
        self._sample = (self._sample + 1) % len(samples)
        one = samples[self._sample]
        self._new(Draft(one.dialogue, one.references, f"{one.id} of the built-in test split"))

    def action_clear(self) -> None:
        """Start with empty fields."""
        self._new(Draft())

    def action_other(self, step: int) -> None:
        """The prompt asked before, or after."""
        place = (len(self._kept) if self._place is None else self._place) + step
        while 0 <= place < len(self._kept) and self._kept[place].dialogue == self._bench.draft.dialogue:
            place += step
        if not 0 <= place < len(self._kept):
            self.app.notify("There is no older prompt." if step < 0 else "There is no newer prompt.")
            return
        kept = self._kept[place]
        self._new(Draft(kept.dialogue, kept.references, kept.origin))
        self._place = place

    # -- reading and keeping ----------------------------------------------------------------------

    def action_read(self) -> None:
        """Give the answers the whole screen, or the fields back."""
        self.toggle_class("-reading")
        self._draw()

    def action_prompt(self) -> None:
        """Show the prompts as they were sent, or the answers again."""
        self._prompts = not self._prompts
        self._draw()

    def copied(self) -> str:
        """The answers, each under its model's name."""
        return transcript.text(self._bench.answers.values())

    def command(self) -> list[str]:
        """``dialtune summarize`` for the first model."""
        bench = self._bench
        return transcript.command(bench.models[0], bench.draft, bench.decoding, bench.shots) if bench.models else []

    def action_copy_command(self) -> None:
        """Copy a command a model, with the dialogue where it is in no file."""
        bench = self._bench
        if not bench.models:
            self.app.notify("No model is chosen yet.")
            return
        where = self.terminal.where
        commands = [
            [*where, *transcript.command(model, bench.draft, bench.decoding, bench.shots)] for model in bench.models
        ]
        clipboard.copy(self.app, transcript.shell(commands, bench.draft))

    def action_save(self) -> None:
        """Save the dialogue and its answers to a new file."""
        bench = self._bench
        if bench.asked is None:
            self.app.notify("There are no answers to save yet.")
            return
        request, draft, answers = bench.asked, bench.asked_draft, list(bench.answers.values())

        def answered(name: str | None) -> None:
            if name:
                self.act(lambda: transcript.save(Path(name), request, draft, answers), f"Saved to {name}.")

        at = time.strftime("%Y%m%d-%H%M%S", time.localtime(self.terminal.clock()))
        hint = "Markdown, or JSON lines where the name ends in .jsonl; nothing is overwritten."
        self.app.push_screen(TextScreen("Save dialogue and answers", f"playground-{at}.md", hint), answered)

    def action_leave(self) -> None:
        """Leave the field; else give the fields back; else leave the screen."""
        if isinstance(self.focused, Writing):
            self.query_one(Answers).focus()
        elif self.has_class("-reading"):
            self.action_read()
        elif self._prompts:
            self.action_prompt()
        else:
            self.app.pop_screen()

    def action_back(self) -> None:
        """Go back; models at work go on."""
        self.app.pop_screen()


def _server(bench: Bench, width: int) -> Content:
    """A line on the process that holds the models."""
    if bench.server == "off":
        return Content.styled("○ no model is loaded; r starts", "$label")
    if bench.server == "starting":
        return Content.styled("… loading the training stack, about five seconds", "$state-running")
    assert bench.ready is not None
    parts = [f"on {bench.ready.device}, {bench.ready.dtype}"]
    if bench.memory is not None:
        parts.append(f"memory {fmt.size(bench.memory.process)}")
        parts += [f"GPU {fmt.size(bench.memory.device)}"] if bench.memory.device is not None else []
        loaded = ", ".join(reversed(bench.memory.models))
        parts.append(f"loaded: {loaded}" if loaded else "no model loaded")
    return Content.assemble(("● ", "$state-finished"), fit(" · ".join(parts), width - 2))
