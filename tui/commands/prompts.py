"""``prompt``: what a run's model read."""

from __future__ import annotations

from pathlib import Path

import click

from tui.commands.common import opened, workspace_option


@click.command(short_help="Show the whole prompt that a run's model read.")
@click.argument("name", metavar="RUN")
@click.argument("id", metavar="[ID]", required=False)
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@workspace_option
def prompt(name: str, id: str | None, form: str, workspace: Path | None) -> None:
    """Show the whole prompt of a run for the test dialogue ID, worked examples included; the first one without ID.

    With --format jsonl and no ID, every prompt as a JSON line: id, prompt, and, of a few-shot run, the ids of its
    examples, of those that did not fit, and its tokens.
    """
    import json
    from dataclasses import asdict

    from engine.data.quoting import count, plain, quoted
    from engine.errors import WorkspaceError
    from engine.results import prompts
    from tui.terminal import put, put_text, tell

    run = opened(workspace).open(name)
    if form == "jsonl":
        for kept in prompts.of_run(run) if id is None else [prompts.one(run, id)]:
            put(json.dumps(asdict(kept), ensure_ascii=False) + "\n")
        return
    shown = next(prompts.of_run(run), None) if id is None else prompts.one(run, id)
    if shown is None:
        raise WorkspaceError(f"The run {run.name} has summarised no dialogue yet", f"It is {run.status().state}")
    tokens = f", {count(shown.tokens, 'token')}" if shown.tokens else ""
    examples = f", with {quoted(shown.shots)} as examples" if shown.shots else ""
    tell(f"{plain(shown.id)}{tokens}{examples}.")
    if shown.dropped:
        tell(f"Left out, because they did not fit: {quoted(shown.dropped)}.")
    if not shown.whole:
        tell("The dialogue was too long: the model read it without its end.")
    put_text(shown.prompt)
