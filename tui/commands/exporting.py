"""``export`` and ``push``: models that leave the house."""

from __future__ import annotations

from pathlib import Path

import click

from tui.commands.common import opened, workspace_option

NAMES = ("merged", "adapter", "ctranslate2", "ct2-int8", "onnx")
"""The forms, without importing them; a test holds them to :data:`engine.exporting.forms.FORMS`."""


@click.command(short_help="Write a run's model as other programs load it.")
@click.argument("run", metavar="RUN")
@click.option(
    "--form", type=click.Choice(NAMES), help="merged, or adapter for a soft prompt, unless you say otherwise."
)
@click.option(
    "--to", metavar="DIR", type=click.Path(path_type=Path), help="A folder that is not there yet.  [default: RUN-FORM]"
)
@workspace_option
def export(run: str, form: str | None, to: Path | None, workspace: Path | None) -> None:
    """Write RUN's model to a folder, check it there, and print the folder's path.

    merged is safetensors with the adapter folded in, for transformers; adapter is for PEFT; ctranslate2 and ct2-int8
    are for CTranslate2 (pip install 'dialtune[ctranslate2]'); onnx is two graphs for ONNX Runtime (pip install
    'dialtune[onnx]').

    The folder has the tokenizer, the decoding settings and a model card: scores, data, recipe, licence. Before it gets
    its name, the library that is to load it decodes a few test dialogues from it; where they differ from the run's own
    summaries, the folder stays as DIR.unverified and the exit code is 7. 8-bit weights may differ; by how much is told.

    \b
    Examples:
      dialtune export lora-try
      dialtune export lora-try --form adapter --to ~/models/calls-adapter
      dialtune export lora-try --form ct2-int8
    """
    from engine.exporting import forms, work
    from tui.commands.progress import Progressing
    from tui.leaving import exported, train_command
    from tui.terminal import put, tell

    folder = opened(workspace).open(run)
    chosen = forms.named(form or forms.usual(folder))
    place = to or forms.free_place(Path.cwd(), f"{folder.name}-{chosen.name}")
    with Progressing("exporting") as progress:
        found = work.export(folder, chosen, place, train_command(folder), progress, progress.told)
    for line in exported(found):
        tell(line)
    put(f"{found.place}\n")


@click.command(short_help="Put a run's model on a hub.")
@click.argument("run", metavar="RUN")
@click.option("--to", "hub_id", metavar="OWNER/NAME", required=True, help="The repository; made where there is none.")
@click.option(
    "--form", type=click.Choice(NAMES), help="adapter where its base is on the hub, else merged, unless you say so."
)
@click.option("--private/--public", default=True, show_default=True, help="Who may see a repository that is made.")
@workspace_option
def push(run: str, hub_id: str, form: str | None, private: bool, workspace: Path | None) -> None:
    """Export RUN's model, check it, upload it with its model card, and print its address.

    The token comes from HF_TOKEN or `hf auth login`, and is written nowhere. A new repository is private unless you say
    --public; one that is there stays as it is. What the card says of folders on this machine is their last name only.
    An upload that breaks off goes on when the same command is given again: what has arrived is not sent twice.

    \b
    Examples:
      dialtune push lora-try --to me/calls-summariser
      dialtune push lora-try --to me/calls-summariser --form merged --public
    """
    from engine.exporting import forms, work
    from tui.commands.progress import Progressing
    from tui.leaving import pushed, train_command
    from tui.terminal import put, tell

    work.check_hub_id(hub_id)
    folder = opened(workspace).open(run)
    chosen = forms.named(form or work.usual_push(folder))
    with Progressing("exporting") as progress:
        found = work.push(folder, chosen, hub_id, private, train_command(folder), progress, progress.told)
    for line in pushed(found):
        tell(line)
    put(f"{found.url}\n")
