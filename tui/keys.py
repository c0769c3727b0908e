"""Every key, once: bindings, footer and help are made from this table.

Each action has a key without modifiers. Ids are stable, so that a key map can rebind them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual.binding import Binding, BindingType


@dataclass(frozen=True)
class Key:
    """A key (or several, with commas) and what it does."""

    id: str
    keys: str
    action: str
    label: str
    """One or two words for the footer."""
    help: str
    """A sentence for the help screen and the tooltip."""
    shown: bool = True
    """Whether the footer has it; the help screen has all."""
    display: str = ""
    """How the keys are written; made from ``keys`` when empty."""

    @property
    def written(self) -> str:
        """The keys as a person reads them."""
        return self.display or " ".join(_NAMES.get(key, key) for key in self.keys.split(","))


_NAMES = {
    "question_mark": "?", "colon": ":", "slash": "/", "escape": "Esc", "space": "Space", "enter": "Enter",
    "down": "↓", "up": "↑", "left": "←", "right": "→", "pagedown": "PgDn", "pageup": "PgUp", "home": "Home",
    "end": "End", "tab": "Tab", "less_than_sign": "<", "greater_than_sign": ">", "ctrl+p": "^p",
    "plus": "+", "minus": "-", "asterisk": "*", "equals_sign": "=", "dollar_sign": "$", "f2": "F2",
    "comma": ",", "full_stop": ".",
}  # fmt: skip

TITLES = {
    "app": "Everywhere",
    "table": "In a table or a list",
    "runs": "Runs",
    "live": "A run, live",
    "explore": "Explore",
    "new": "New run",
    "choose": "Choosing one of many",
    "playground": "Playground",
    "models": "Choosing models",
    "decoding": "Decoding and shots",
    "stop": "Stopping a run",
    "text": "Typing an answer",
    "confirm": "Before something is lost",
    "help": "This help",
    "themes": "Choosing a theme",
    "data": "Data",
    "log": "In the log, while searching",
    "pick": "Choosing runs",
    "import": "Importing summaries",
    "board": "Board",
    "query": "In the query line",
    "columns": "Choosing the models' columns",
    "explain": "What a query can say",
    "checkup": "A run's folder, checked",
    "export": "Exporting a model",
}

KEYS: dict[str, tuple[Key, ...]] = {
    "app": (
        Key("app.help", "question_mark", "help", "Help", "Show every key."),
        Key("app.palette", "colon,ctrl+p", "command_palette", "Go", "Go to a screen, a run or a theme by name."),
        Key("app.theme", "t", "next_theme", "Theme", "Take the next theme.", shown=False),
        Key("app.quit", "Q", "quit", "Quit", "Quit from anywhere; running runs go on.", shown=False),
        Key("app.focus", "tab", "app.focus_next", "Next pane", "Move to the next pane.", shown=False),
        Key("app.new", "2", "new", "New run", "Think up a new run: every field, and what it will need.", shown=False),
        Key("app.themes", "T", "themes", "Themes", "Choose a theme from a list that shows each at once.", shown=False),
        Key("app.runs", "1", "go_runs", "Runs", "Go to the runs.", shown=False),
        Key("app.explore", "5", "go_explore", "Explore", "Go to the summaries side by side.", shown=False),
        Key("app.thrift", "7", "low_bandwidth", "Thrift", "Fewer updates for a slow line, or all again.", shown=False),
        Key("app.debug", "8", "debug_line", "Debug line", "Bytes a second, key-to-screen time, memory.", shown=False),
        Key("app.redraw", "9", "redraw", "Redraw", "Send the whole screen again.", shown=False),
        Key("app.data", "3", "data", "Data", "Look at the data: of the run here, else of the last one.", shown=False),
        Key("app.playground", "4", "playground", "Playground", "Ask models about a dialogue of your own.", shown=False),
        Key("app.board", "6", "go_board", "Board", "Go to the board: which model is better, is it real?", shown=False),
    ),
    "table": (
        Key("table.down", "j,down", "cursor_down", "Down", "One line down.", shown=False),
        Key("table.up", "k,up", "cursor_up", "Up", "One line up.", shown=False),
        Key("table.top", "g,home", "scroll_top", "Top", "To the first line.", shown=False),
        Key("table.bottom", "G,end", "scroll_bottom", "Bottom", "To the last line.", shown=False),
        Key("table.page_down", "f,pagedown", "page_down", "Page down", "One page down.", shown=False),
        Key("table.page_up", "b,pageup", "page_up", "Page up", "One page up.", shown=False),
        Key("table.left", "less_than_sign,left", "cursor_left", "Left", "Scroll to the left.", shown=False),
        Key("table.right", "greater_than_sign,right", "cursor_right", "Right", "Scroll to the right.", shown=False),
    ),
    "runs": (
        Key("runs.open", "enter", "open", "Open", "Open the run: live, or its record when it is over."),
        Key("runs.new", "c", "new_from", "New run", "Think up a new run that starts from this one."),
        Key("runs.live", "l", "live", "Live", "Open the run's live screen.", shown=False),
        Key("runs.explore", "e", "explore", "Explore", "Compare the summaries of the marked runs, or of all runs."),
        Key("runs.mark", "space", "mark", "Mark", "Mark the run, or take its mark away; e, a and D act on all marked."),
        Key("runs.filter", "slash", "filter", "Filter", "Keep the runs with these words in any column or note."),
        Key("runs.sort", "o", "sort", "Sort", "Sort by the next column.", shown=False),
        Key("runs.reverse", "O", "reverse", "Reverse", "Sort the other way round.", shown=False),
        Key("runs.stop", "s", "stop", "Stop", "Stop the run; asks what to do with what it learnt."),
        Key("runs.resume", "r", "resume", "Resume", "Resume a run that broke off, from its last checkpoint.", False),
        Key("runs.note", "n", "note", "Note", "Write a line about the run.", shown=False),
        Key("runs.rename", "N", "rename", "Rename", "Give the run another name.", shown=False),
        Key("runs.archive", "a", "archive", "Archive", "Archive the run or the marked ones, or take them out.", False),
        Key("runs.archived", "A", "archived", "Archived", "Show archived runs too, or hide them.", shown=False),
        Key("runs.delete", "D", "delete", "Delete", "Delete the run or the marked ones; asks first.", shown=False),
        Key("runs.copy", "y", "copy", "Copy", "Copy the run's name.", shown=False),
        Key("runs.command", "Y", "copy_command", "As command", "Copy the command that shows the run.", shown=False),
        Key("runs.demo", "d", "demo", "Demo", "Start the demo's three runs; in an empty workspace."),
        Key("runs.mark_all", "asterisk", "mark_all", "Mark all", "Mark all runs shown, or none of them.", shown=False),
        Key("runs.export", "x", "export", "Export", "Write the marked runs, or all shown, to a file.", shown=False),
        Key("runs.queue", "S", "start_queue", "Queue", "Let the queue be worked off, where it stands still.", False),
        Key("runs.sooner", "plus", "move_in_queue(-1)", "Sooner", "Move the run up in the queue.", shown=False),
        Key("runs.later", "minus", "move_in_queue(1)", "Later", "Move the run down in the queue.", shown=False),
        Key("runs.unmark", "escape", "unmark", "Unmark", "Clear the filter; else take all marks away.", shown=False),
        Key("runs.new_preset", "C", "new_preset", "From preset", "Think up a new run from a preset.", shown=False),
        Key("runs.data", "i", "data", "Data", "Look at the data of the run under the cursor.", shown=False),
        Key("runs.quit", "q", "app.quit", "Quit", "Quit. Running runs go on without the terminal."),
        Key("runs.playground", "p", "playground", "Playground", "Ask the run or the marked ones something.", False),
        Key("runs.import", "I", "import", "Import", "Put summaries made elsewhere beside the runs.", shown=False),
        Key("runs.check", "V", "check", "Check", "Verify the run's folder: what is damaged, what can be saved.", False),
        Key("runs.gc", "Z", "reclaim", "Reclaim", "Free disk space, by a plan that is shown first.", shown=False),
        Key("runs.board", "B", "board", "Board", "Compare the marked runs, or all, as a whole: is it real?", False),
        Key("runs.when_empty", "W", "when_empty", "When empty", "Arm what is done when nothing runs; cancel.", False),
        Key("runs.model", "M", "export_model", "Model out", "Export the run's model, or push it to a hub.", False),
    ),
    "live": (
        Key("live.stop", "s", "stop", "Stop", "Stop the run; asks what to do with what it learnt."),
        Key("live.checkpoint", "c", "ask('checkpoint')", "Checkpoint", "Write a checkpoint after this step."),
        Key("live.evaluate", "v", "ask('evaluate')", "Evaluate", "Evaluate on the validation split after this step."),
        Key("live.resume", "r", "resume", "Resume", "Resume from the last checkpoint."),
        Key("live.log", "w", "enlarge('log')", "Log", "Enlarge worker.log, or put it back."),
        Key("live.samples", "m", "enlarge('samples')", "Samples", "Enlarge what the model said, dialogues included."),
        Key("live.notices", "n", "enlarge('notices')", "Notices", "Enlarge the notices.", shown=False),
        Key("live.explore", "e", "explore", "Explore", "Compare the summaries of all runs that have some.", False),
        Key("live.copy", "y", "copy", "Copy", "Copy the text of the pane in focus, or the run's figures.", shown=False),
        Key("live.command", "Y", "copy_command", "As command", "Copy the command that follows the run.", shown=False),
        Key("live.next", "right_square_bracket", "other(-1)", "Next", "The run started after this one.", False, "]"),
        Key("live.previous", "left_square_bracket", "other(1)", "Previous", "The run started before.", False, "["),
        Key("live.back", "q,escape", "back", "Back", "Go back; the run goes on."),
        Key("live.left", "h", "curve('left')", "Curve", "The curve's cursor one point back.", display="h l + -"),
        Key("live.right", "l", "curve('right')", "Cursor on", "The curve's cursor one point on.", False),
        Key("live.zoom_in", "plus,equals_sign", "curve('zoom_in')", "Zoom", "Zoom into the curve.", False),
        Key("live.zoom_out", "minus", "curve('zoom_out')", "Zoom out", "Zoom out of the curve.", False),
        Key("live.pan_left", "H", "curve('far_left')", "Pan left", "Half a window back; or a tenth, unzoomed.", False),
        Key("live.pan_right", "L", "curve('far_right')", "Pan right", "Half a window on; or a tenth, unzoomed.", False),
        Key("live.reset", "0", "curve('reset')", "Whole curve", "The whole curve again, without a cursor.", False),
        Key("live.metric", "o", "curve('next_metric')", "Next figure", "Draw the next figure: rate, memory ...", False),
        Key("live.unmetric", "O", "curve('previous_metric')", "Last figure", "Draw the figure before.", False),
        Key("live.smooth", "a", "curve('smoothing')", "Smoothing", "Smooth the curve more, or not at all.", False),
        Key("live.scale", "d", "curve('log')", "Log scale", "The y axis in decades, or back.", False),
        Key("live.axis", "X", "curve('axis')", "X axis", "Along steps, epochs or wall time.", False),
        Key("live.overlay", "p", "overlay", "Pick runs", "Pick runs whose curves are laid over this one's.", False),
        Key("live.export", "x", "export", "Export", "Write points (CSV) and plot (text) into this folder.", False),
        Key("live.earlier", "comma", "evaluation(-1)", "Earlier", "The evaluation before: samples and cursor.", False),
        Key("live.later", "full_stop", "evaluation(1)", "Later", "The evaluation after.", False),
        Key("live.said", "enter", "said", "Said here", "What the model said at the cursor's evaluation.", False),
        Key("live.curve", "z", "enlarge('curve')", "Big curve", "Enlarge the curve, or put it back.", False),
        Key("live.machine", "u", "enlarge('resources')", "Machine", "Enlarge memory and utilisation.", False),
        Key("live.search", "slash", "search", "Search", "Search the log; n and N go from hit to hit.", False),
        Key("live.health", "i", "enlarge('health')", "Health", "What was found wrong, and what was looked at.", False),
    ),
    "explore": (
        Key("explore.filter", "slash", "filter", "Query", "Keep the dialogues that a query finds; Tab completes it."),
        Key("explore.metric", "m", "metric(1)", "Metric", "Show the next metric: ROUGE, BLEU, length, novelty ..."),
        Key("explore.sort", "o", "sort", "Sort", "Sort by the next column."),
        Key("explore.reverse", "O", "reverse", "Reverse", "Sort the other way round.", shown=False),
        Key("explore.columns", "c", "columns", "Models", "Order, pin and hide models."),
        Key("explore.marks", "v", "marks", "Marks", "Underline what ROUGE counts, or words not in the dialogue."),
        Key("explore.difference", "w", "difference", "Diff", "Two texts word by word, or the summaries again."),
        Key("explore.blind", "B", "blind", "Blind", "Judge two models with their names hidden, or see them again."),
        Key("explore.read", "enter", "read", "Read", "Give the dialogue the whole screen, or the table back."),
        Key("explore.detail_down", "J", "detail(3)", "Scroll", "Scroll dialogue and summaries down.", False, "J K"),
        Key("explore.detail_up", "K", "detail(-3)", "Scroll up", "Scroll them up.", shown=False),
        Key("explore.next", "right_square_bracket", "move(1)", "Next", "The next dialogue, from any pane.", False, "]"),
        Key("explore.previous", "left_square_bracket", "move(-1)", "Previous", "The previous dialogue.", False, "["),
        Key("explore.unmetric", "M", "metric(-1)", "Last metric", "Show the metric before.", shown=False),
        Key("explore.pair", "d", "pair", "Pair", "Choose the two models of the difference column.", shown=False),
        Key("explore.texts", "W", "texts", "Texts", "Choose the two texts that are compared word by word.", False),
        Key("explore.fold", "z", "fold", "Unfold", "Show all of a long dialogue, or fold it.", shown=False),
        Key("explore.mark", "space", "mark", "Mark", "Bookmark the dialogue, or take the mark away; kept.", False),
        Key("explore.note", "n", "note", "Note", "Write a line about the dialogue; kept.", shown=False),
        Key("explore.only", "u", "only", "Only", "Only marked dialogues; or all again.", False),
        Key("explore.first", "h", "judge('first')", "First", "Judge: the pair's first summary is better.", False),
        Key("explore.second", "l", "judge('second')", "Second", "Judge: the second summary is better.", shown=False),
        Key("explore.tie", "e", "judge('tie')", "Equal", "Judge: both are equally good.", shown=False),
        Key("explore.unjudge", "U", "judge('none')", "Unjudge", "Take the verdict on this dialogue back.", False),
        Key("explore.saved", "s", "saved", "Queries", "Take a saved query, or one of the examples.", False),
        Key("explore.save", "S", "save", "Save query", "Keep the query under a name.", shown=False),
        Key("explore.explain", "i", "explain", "Query help", "Show what a query can say.", shown=False),
        Key("explore.copy", "y", "copy", "Copy", "Copy the dialogue with every summary of it.", shown=False),
        Key("explore.command", "Y", "copy_command", "As command", "Copy the command for this comparison.", False),
        Key("explore.export", "x", "export(False)", "Export", "Write the dialogues shown to a file.", shown=False),
        Key("explore.export_marked", "X", "export(True)", "Export marked", "Write the marked ones to a file.", False),
        Key("explore.clear", "escape", "clear", "Clear", "Clear the query; else go back.", shown=False),
        Key("explore.playground", "p", "playground", "Playground", "Take the dialogue to the playground.", shown=False),
        Key("explore.prompt", "P", "prompt", "Prompt", "Show the whole prompts that the models read.", shown=False),
        Key("explore.back", "q", "back", "Back", "Go back."),
    ),
    "query": (
        Key("query.complete", "tab", "complete", "Complete", "Take the completion that is chosen."),
        Key("query.next", "down", "choose(1)", "Next", "Choose the next completion.", shown=False),
        Key("query.previous", "up", "choose(-1)", "Previous", "Choose the completion before.", shown=False),
        Key("query.explain", "f2", "explain", "Query help", "Show what a query can say."),
        Key("query.leave", "escape", "leave", "Leave", "Leave the line; the query is as it was before."),
    ),
    "columns": (
        Key("columns.show", "space", "show", "Show", "Show the model, or hide it."),
        Key("columns.pin", "p", "pin", "Pin", "Keep the model in sight at the left, or not."),
        Key("columns.later", "J", "move(1)", "Down", "Move the model down: further to the right.", False, "J K"),
        Key("columns.earlier", "K", "move(-1)", "Up", "Move it up: further to the left.", shown=False),
        Key("columns.take", "enter", "take", "Take", "Show the table like this."),
        Key("columns.cancel", "q,escape", "cancel", "Cancel", "Leave all as it was."),
    ),
    "explain": (Key("explain.close", "q,escape,enter,i,f2", "close", "Close", "Close the help."),),
    "playground": (
        Key("playground.run", "r", "run", "Run", "Ask the chosen models; their answers stream in."),
        Key("playground.stop", "s", "stop", "Stop", "Stop the models at work; what they have said stays."),
        Key("playground.edit", "e", "edit('dialogue')", "Edit", "Type or paste the dialogue; Esc leaves the field."),
        Key("playground.models", "m", "models", "Models", "Choose the runs and bases to ask."),
        Key("playground.settings", "d", "settings", "Decoding", "Greedy, beams or sampling, lengths, and shots."),
        Key("playground.open", "o", "open", "Open", "Open a text file as the dialogue."),
        Key("playground.sample", "n", "sample", "Sample", "The next dialogue of the built-in test split."),
        Key("playground.prompt", "v", "prompt", "Prompt", "Show the prompts as they were sent, or the answers."),
        Key("playground.read", "enter", "read", "Enlarge", "Give the answers the whole screen, or not.", False),
        Key("playground.references", "R", "edit('references')", "References", "Type references to score by.", False),
        Key("playground.clear", "c", "clear", "Clear", "Start with an empty dialogue.", shown=False),
        Key("playground.older", "left_square_bracket", "other(-1)", "Older", "The prompt asked before.", False, "["),
        Key("playground.newer", "right_square_bracket", "other(1)", "Newer", "The prompt asked after.", False, "]"),
        Key("playground.copy", "y", "copy", "Copy", "Copy the answers.", shown=False),
        Key("playground.command", "Y", "copy_command", "As command", "Copy the commands that give the same.", False),
        Key("playground.save", "x", "save", "Save", "Save dialogue and answers as Markdown or JSON lines.", False),
        Key("playground.unload", "u", "unload", "Unload", "Give the memory of the loaded models back.", shown=False),
        Key("playground.leave", "escape", "leave", "Leave", "Leave the field; else go back.", shown=False),
        Key("playground.back", "q", "back", "Back", "Go back; models at work go on."),
    ),
    "models": (
        Key("models.mark", "space", "mark", "Mark", "Mark the model, or take its mark away."),
        Key("models.take", "enter", "take", "Take", "Ask the marked models, or the one under the cursor."),
        Key("models.add", "a", "add", "Another", "Add a base: a folder or a hub id."),
        Key("models.cancel", "q,escape", "cancel", "Cancel", "Leave all as it was."),
    ),
    "decoding": (
        Key("decoding.down", "down", "move(1)", "Down", "The next field."),
        Key("decoding.up", "up", "move(-1)", "Up", "The field above."),
        Key("decoding.take", "enter", "take", "Take", "Use these settings."),
        Key("decoding.cancel", "escape", "cancel", "Cancel", "Leave all as it was."),
    ),
    "new": (
        Key("new.edit", "enter", "edit", "Edit", "Type another value; Enter keeps it, Esc leaves it as it was."),
        Key("new.next", "space,l", "cycle(1)", "Next", "Take the next choice; type, where the field has none."),
        Key("new.previous", "h", "cycle(-1)", "Previous", "Take the choice before.", shown=False),
        Key("new.start", "s", "start(False)", "Start", "Start the run now and show it live."),
        Key("new.queue", "S", "start(True)", "Queue", "Start the run after those at work."),
        Key("new.probe", "p", "probe", "Probe", "Train a few steps to know time and memory; again to cancel."),
        Key("new.view", "v", "view", "View", "Show the forecast alone, then the TOML, then the fields again."),
        Key("new.from", "o", "from", "From", "Start from another preset or run."),
        Key("new.filter", "slash", "filter", "Filter", "Keep the fields with these words in any part.", False),
        Key("new.undo", "u", "undo", "Undo", "Give the field the value it started with."),
        Key("new.undo_all", "U", "undo_all", "Undo all", "Give every field the value it started with.", shown=False),
        Key("new.changed", "c", "changed", "Changed", "Show only the fields that differ from the start.", shown=False),
        Key("new.problem", "n", "problem", "Next error", "Go to the next field that cannot be used.", shown=False),
        Key("new.whole", "x", "whole", "Full TOML", "Show every field in the TOML, or what differs.", shown=False),
        Key("new.price", "m", "price", "Price", "Say what an hour of this machine costs.", shown=False),
        Key("new.save", "w", "save", "Save", "Write the TOML to a file.", shown=False),
        Key("new.copy", "y", "copy", "Copy", "Copy the TOML.", shown=False),
        Key("new.command", "Y", "copy_command", "As command", "Copy the command that starts this run.", shown=False),
        Key("new.clear", "escape", "clear", "Clear", "Leave a line, a view or the filter; else go back.", shown=False),
        Key("new.back", "q", "back", "Back", "Go back; the draft stays."),
    ),
    "choose": (
        Key("choose.take", "enter", "take", "Take", "Take the line under the cursor."),
        Key("choose.filter", "slash", "filter", "Filter", "Keep the lines with these words."),
        Key("choose.cancel", "escape,q", "cancel", "Cancel", "Clear the filter; else leave all as it is."),
    ),
    "stop": (
        Key("stop.keep", "s,enter", "answer('keep')", "Stop and keep", "End after this step; keep what was learnt."),
        Key("stop.discard", "d", "answer('discard')", "Discard", "End at once; nothing is decoded."),
        Key("stop.cancel", "c,q,escape", "answer('')", "Let it run", "Let it run."),
        Key("stop.insist", "i", "answer('insist')", "Insist", "End wherever it is; keep the checkpoint."),
        Key("stop.force", "k", "answer('force')", "Force", "End by force; keep the checkpoint."),
    ),
    "text": (Key("text.cancel", "escape", "cancel", "Cancel", "Leave all as it is."),),
    "confirm": (
        Key("confirm.yes", "y", "answer(True)", "Yes", "Do it."),
        Key("confirm.no", "n,q,escape", "answer(False)", "No", "Leave all as it is."),
    ),
    "log": (
        Key("log.next", "n", "hit(1)", "Next hit", "The next line with what is searched for."),
        Key("log.previous", "N", "hit(-1)", "Last hit", "The line before."),
    ),
    "pick": (
        Key("pick.mark", "space", "mark", "Mark", "Take the run, or leave it."),
        Key("pick.done", "enter", "done", "Show", "Show the runs that are marked."),
        Key("pick.cancel", "q,escape", "cancel", "Cancel", "Leave all as it is."),
    ),
    "help": (
        Key("help.ids", "i", "ids", "Names", "Show each action's name, for a key map of your own."),
        Key("help.close", "question_mark,q,escape", "close", "Close", "Close the help."),
        Key("help.quit", "Q", "quit", "Quit", "Quit dialtune; running runs go on."),
    ),
    "themes": (
        Key("themes.keep", "enter", "keep", "Keep", "Keep the theme, now and next time."),
        Key("themes.cancel", "escape,q", "cancel", "Cancel", "Go back to the theme there was."),
    ),
    "data": (
        Key("data.read", "enter", "read", "Read", "Give the dialogue the whole screen, or the table back."),
        Key("data.view", "v", "view('next')", "View", "The next of overview, lengths, duplicates and dialogues."),
        Key("data.overview", "w", "view('overview')", "Overview", "Splits, duplicates and topics.", shown=False),
        Key("data.lengths", "h", "view('lengths')", "Lengths", "How long dialogues and summaries are.", shown=False),
        Key("data.duplicates", "u", "view('duplicates')", "Duplicates", "What occurs twice, leaks first.", False),
        Key("data.dialogues", "d", "view('dialogues')", "Dialogues", "Every dialogue, to read.", shown=False),
        Key("data.filter", "slash", "filter", "Filter", "Keep what has these words, in id, topic, dialogue, summary."),
        Key("data.split", "s", "split", "Split", "Only the next split, or all of them again.", shown=False),
        Key("data.leaked", "l", "leaked", "Leaked", "Only dialogues that are in more than one split, or all."),
        Key("data.sort", "o", "sort", "Sort", "Sort by the next column.", shown=False),
        Key("data.reverse", "O", "reverse", "Reverse", "Sort the other way round.", shown=False),
        Key("data.measure", "m", "measure", "Words", "Lengths in words, or in the base's tokens.", shown=False),
        Key("data.log", "L", "log", "Log scale", "Lengths with columns by the logarithm of the count.", shown=False),
        Key("data.source", "i", "source", "Source", "Look at other data: builtin, a path or a hub id."),
        Key("data.base", "B", "base", "Base", "Count the tokens of another base.", shown=False),
        Key("data.exclude", "c", "exclude", "Exclude", "Think up a run without the leaked examples."),
        Key("data.export", "x", "export", "Export", "Write the report to a file, Markdown or CSV.", shown=False),
        Key("data.reload", "r", "reload", "Reload", "Read the data again; the hub is asked anew.", shown=False),
        Key("data.detail_down", "J", "detail(3)", "Scroll", "Scroll the dialogue down.", False, "J K"),
        Key("data.detail_up", "K", "detail(-3)", "Scroll up", "Scroll it up.", shown=False),
        Key("data.next", "right_square_bracket", "move(1)", "Next", "The next one, from any pane.", False, "]"),
        Key("data.previous", "left_square_bracket", "move(-1)", "Previous", "The previous one.", False, "["),
        Key("data.copy", "y", "copy", "Copy", "Copy the dialogue or the pair; else the pane's text.", shown=False),
        Key("data.command", "Y", "copy_command", "As command", "Copy the command that prints the same.", shown=False),
        Key("data.clear", "escape", "clear", "Clear", "Clear the filter; else go back.", shown=False),
        Key("data.back", "q", "back", "Back", "Go back."),
    ),
    "import": (
        Key("import.file", "o", "file", "File", "The file with the summaries: CSV, JSONL, Parquet or text."),
        Key("import.source", "i", "source", "Data", "What they are summaries of: builtin, a path or a hub id."),
        Key("import.by", "v", "by", "Match", "Match by the next way: id, reference, dialogue, order; or the surest."),
        Key("import.mark", "space", "mark", "Mark", "Take the column as a model's summaries, or leave it."),
        Key("import.name", "N", "name", "Name", "Name the model that the column becomes."),
        Key("import.start", "s", "start", "Import", "Score the summaries and put the models beside the runs."),
        Key("import.read", "enter", "read", "Pairs", "Give the match and its pairs the whole screen, or not.", False),
        Key("import.detail_down", "J", "detail(3)", "Scroll", "Scroll the match down.", False, "J K"),
        Key("import.detail_up", "K", "detail(-3)", "Scroll up", "Scroll it up.", shown=False),
        Key("import.copy", "y", "copy", "Copy", "Copy what the match says.", shown=False),
        Key("import.command", "Y", "copy_command", "As command", "Copy the command that imports the same.", False),
        Key("import.back", "q,escape", "back", "Back", "Stop what is at work; else go back."),
    ),
    "board": (
        Key("board.metric", "o", "figure(1)", "Figure", "The next figure: ROUGE, BLEU, length ..."),
        Key("board.unmetric", "O", "figure(-1)", "Last figure", "The figure before.", shown=False),
        Key("board.reading", "r", "reading", "Best", "Mean over references, or the best of them."),
        Key("board.view", "v", "view('next')", "View", "The next of the six views below."),
        Key("board.sheet", "c", "view('sheet')", "Sheet", "All figures and costs of the model.", shown=False),
        Key("board.pairs", "p", "view('pairs')", "Pairs", "Every pair: difference, interval, p, wins.", shown=False),
        Key("board.intervals", "i", "view('intervals')", "Intervals", "The intervals side by side.", shown=False),
        Key("board.spread", "u", "view('spread')", "Spread", "How each model's scores are spread.", shown=False),
        Key("board.lengths", "d", "view('lengths')", "Lengths", "Score against dialogue length.", shown=False),
        Key("board.scatter", "a", "view('scatter')", "Against", "One model against another.", shown=False),
        Key("board.baseline", "B", "baseline", "Base", "Compare the others with this model."),
        Key("board.right", "l", "dialogue(1)", "Cursor", "The plot's cursor to the next dialogue.", display="h l"),
        Key("board.left", "h", "dialogue(-1)", "Before", "The plot's cursor to the dialogue before.", shown=False),
        Key("board.far_right", "L", "dialogue(10)", "Ten on", "Ten dialogues on.", shown=False),
        Key("board.far_left", "H", "dialogue(-10)", "Ten back", "Ten dialogues back.", shown=False),
        Key("board.last", "dollar_sign", "dialogue('last')", "Greatest win", "The greatest win.", shown=False),
        Key("board.first", "0", "dialogue('first')", "Greatest loss", "The greatest loss.", shown=False),
        Key("board.explore", "enter", "explore", "Explore", "Read the dialogue under the plot's cursor; else all."),
        Key("board.models", "m", "models", "Models", "Choose the models on the board."),
        Key("board.sort", "s", "sort", "Sort", "The highest first, or the order in which they came.", shown=False),
        Key("board.detail_down", "J", "detail(3)", "Scroll", "Scroll the view down.", False, "J K"),
        Key("board.detail_up", "K", "detail(-3)", "Scroll up", "Scroll it up.", shown=False),
        Key("board.big", "z", "enlarge", "Big plot", "Give the view the whole screen, or the table back.", False),
        Key("board.again", "R", "again", "Read again", "Read the runs again.", shown=False),
        Key("board.export", "x", "export", "Export", "Write board, pairs or the whole as a page to a file.", False),
        Key("board.copy", "y", "copy", "Copy", "Copy the board, as Markdown.", shown=False),
        Key("board.command", "Y", "copy_command", "As command", "Copy the command that prints the same.", False),
        Key("board.clear", "escape", "clear", "Clear", "Give the table back; else go back.", shown=False),
        Key("board.back", "q", "back", "Back", "Go back."),
    ),
    "checkup": (
        Key("checkup.repair", "r", "repair", "Repair", "Mend what can be mended; what is damaged is set aside."),
        Key("checkup.copy", "y", "copy", "Copy", "Copy what was found."),
        Key("checkup.close", "q,escape", "close", "Close", "Back to the runs."),
    ),
    "export": (
        Key("export.start", "enter", "start", "Export", "Write the model in the form under the cursor, and check it."),
        Key("export.place", "o", "place", "Place", "Type another folder, or hub:OWNER/NAME to push it to a hub."),
        Key("export.copy", "y", "copy", "Copy", "Copy where the export is."),
        Key("export.command", "Y", "copy_command", "As command", "Copy the command that does the same."),
        Key("export.cancel", "q,escape", "cancel", "Cancel", "Give up what is at work; else close."),
    ),
}  # fmt: skip


def bindings(scope: str) -> list[BindingType]:
    """The bindings of one part of the table."""
    return [
        Binding(
            key.keys, key.action, key.label, show=key.shown, tooltip=key.help, id=key.id,
            key_display=key.display or _NAMES.get(key.keys.partition(",")[0]),
        )
        for key in KEYS[scope]
    ]  # fmt: skip


_ARROWS = {"down": "Down", "up": "Up", "left": "Left", "right": "Right"}


def spelled(key: Key) -> Key:
    """``key`` with its arrows in words."""
    names = key.keys.split(",")
    if key.display or not set(names) & set(_ARROWS):
        return key
    return replace(key, display=" ".join(_ARROWS.get(name, _NAMES.get(name, name)) for name in names))


def scopes(screen: str) -> tuple[str, ...]:
    """The parts of the table that hold on a screen, its own first."""
    return tuple(dict.fromkeys((screen, "table", "app"))) if screen in KEYS else ("app",)
