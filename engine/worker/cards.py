"""Model cards: the short one of a run's own folder, and the full one of a model that leaves the house."""

from __future__ import annotations

import json
import platform
import re
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from huggingface_hub import try_to_load_from_cache

from engine import builtin, tasks
from engine.exporting.forms import Form, local_base
from engine.exporting.work import Check
from engine.results.facts import at, figure, word
from engine.runs.folder import RunFolder
from engine.spec import RunSpec, to_toml

_ROUGES = (("rouge1", "ROUGE-1"), ("rouge2", "ROUGE-2"), ("rougeL", "ROUGE-L"), ("rougeLsum", "ROUGE-Lsum"))
_TAGS = {"summarisation": "summarization", "classification": "text-classification"}
_MODELS = {"summarisation": "Dialogue summariser", "classification": "Text classifier"}
"""What the hub, and what a model card, calls a model of a task."""
_LICENCE = re.compile(r"^license:\s*['\"]?([\w.+-]{1,40})['\"]?\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Leaving:
    """What is known of a model that is being exported."""

    run: RunFolder
    spec: RunSpec
    """Without this machine's folders."""
    form: Form
    hub_id: str
    command: str
    check: Check
    folder: Path
    """Where it is now, whole but for its card."""


def card(run: RunFolder, spec: RunSpec) -> str:
    """A model card in the hub's form, for ``model/``."""
    front = {
        "library_name": "peft" if spec.adds_adapter else "transformers",
        "tags": [_TAGS.get(spec.task, spec.task), "dialtune"],
    }
    if "/" in spec.base.name and not Path(spec.base.name).exists():
        front["base_model"] = spec.base.name
    best = run.status().best
    figures = "".join(f"- {name}: {value:.4g}\n" for name, value in best.items())
    return (
        f"---\n{_yaml(front)}\n---\n# {run.name}\n\n"
        f"{_MODELS.get(spec.task, 'Model')} made by dialtune: method {spec.method} on the base `{spec.base.name}`, "
        f"trained on `{spec.data.source}`.\n\n"
        + (f"Prompt:\n\n{_fenced(spec.prompt.template)}\n\n" if tasks.named(spec.task).prompted else "")
        + (f"Best validation figures:\n\n{figures}\n" if figures else "")
        + "The run's `spec.toml`, `manifest.json` and `scores.json` say how it was made and how it scores.\n"
    )


def export_record(leaving: Leaving) -> dict[str, Any]:
    """The card's facts for programs: ``dialtune.json``."""
    manifest = leaving.run.manifest()
    return {
        "run": leaving.run.name,
        "form": leaving.form.name,
        "base": {"name": leaving.spec.base.name, "revision": leaving.spec.base.revision},
        "method": leaving.spec.method,
        "prompt": leaving.spec.prompt.template,
        "max_source_tokens": leaving.spec.data.max_source_tokens,
        "data": {"source": leaving.spec.data.source, "fingerprint": word(manifest, "data", "fingerprint")},
        "scores": leaving.run.scores(),
        "check": asdict(leaving.check),
        "versions": {"trained": at(manifest, "versions") or {}, "exported": _versions(leaving.form)},
        "command": leaving.command,
    }


def export_card(leaving: Leaving) -> str:
    """A model card in the hub's form: use, scores, data, recipe, check, licence and limits."""
    spec, form = leaving.spec, leaving.form
    parts = [
        f"---\n{_yaml(_front(leaving))}\n---",
        f"# {leaving.run.name}",
        f"A dialogue summariser: `{spec.base.name}`{_at_revision(spec)} with dialtune's method {spec.method}, as "
        f"{_KINDS[form.name]}. {_share(leaving)}",
        f"## Use\n\n{_use(leaving)}",
        f"The prompt holds the dialogue, one turn a line (`Speaker: words`):\n\n{_fenced(spec.prompt.template)}\n\n"
        f"Prompts of more than {spec.data.max_source_tokens} tokens lost the end of their dialogue in training and in "
        "scoring; plain libraries do not cut them. `generation_config.json` holds the decoding that was scored.",
        f"## Scores\n\n{_scores(leaving)}",
        f"## Data\n\n{_data(leaving)}",
        "## Recipe\n\n"
        + (f"{_fenced(leaving.command, 'sh')}\n\nor, in full:\n\n" if leaving.command else "")
        + _fenced(to_toml(spec).strip(), "toml"),
        f"## Checked\n\n{leaving.check.sentence} They were decoded from this folder by {form.library}, one at a time, "
        f"on test dialogues from short to long. {_versions_line(leaving)}",
        f"## Licence and limits\n\n{_licence(leaving)}",
    ]
    return "\n\n".join(parts) + "\n"


_KINDS = {
    "merged": "safetensors that transformers loads by itself",
    "adapter": "a PEFT adapter for that base",
    "ctranslate2": "a CTranslate2 model in float32",
    "ct2-int8": "a CTranslate2 model with 8-bit weights",
    "onnx": "ONNX graphs of encoder and decoder",
}


def _front(leaving: Leaving) -> dict[str, Any]:
    spec, form = leaving.spec, leaving.form
    front: dict[str, Any] = {
        "library_name": {"merged": "transformers", "adapter": "peft", "onnx": "onnx"}.get(form.name, "ctranslate2"),
        "pipeline_tag": "summarization",
        "tags": ["summarization", "dialogue-summarization", "dialtune"],
    }
    if licence := base_licence(leaving.run.spec()):
        front["license"] = licence
    if "/" in spec.base.name:
        front["base_model"] = spec.base.name
        front["base_model_relation"] = {"adapter": "adapter", "ct2-int8": "quantized"}.get(form.name, "finetune")
    return front


def _use(leaving: Leaving) -> str:
    place = leaving.hub_id or "FOLDER"
    tokenizer = f'tokenizer = AutoTokenizer.from_pretrained("{place}")'
    prompt = "prompt = TEMPLATE.replace('{dialogue}', dialogue)"
    out = "print(tokenizer.decode(output[0], skip_special_tokens=True))"
    if leaving.form.name == "merged":
        code = (
            "from transformers import AutoModelForSeq2SeqLM, AutoTokenizer\n\n"
            f'{tokenizer}\nmodel = AutoModelForSeq2SeqLM.from_pretrained("{place}")\n{prompt}\n'
            f'output = model.generate(**tokenizer(prompt, return_tensors="pt"))\n{out}'
        )  # fmt: skip
    elif leaving.form.name == "adapter":
        code = (
            "import torch\nfrom peft import PeftModel\n"
            "from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, GenerationConfig\n\n"
            f"{tokenizer}\nbase = AutoModelForSeq2SeqLM.from_pretrained({_base_words(leaving)}, dtype=torch.float32)\n"
            f'model = PeftModel.from_pretrained(base, "{place}")\n{prompt}\n'
            'output = model.generate(\n    **tokenizer(prompt, return_tensors="pt"),\n'
            f'    generation_config=GenerationConfig.from_pretrained("{place}"),\n)\n{out}'
        )
    elif leaving.form.name == "onnx":
        return (
            "`encoder_model.onnx` takes `input_ids` and `attention_mask` and gives `last_hidden_state`; "
            "`decoder_model.onnx` takes `encoder_attention_mask`, `input_ids` (what was said so far, the start token "
            "first) and `encoder_hidden_states`, and gives `logits`. Take the likeliest token after the last, append "
            "it, and go on until the end token: `generation_config.json` has both tokens and the most new ones. No "
            "keys and values are kept from token to token."
        )
    else:
        decode = leaving.spec.decode
        options = [f"beam_size={decode.beams}", f"max_decoding_length={decode.max_new_tokens}", "max_input_length=0"]
        options += [f"length_penalty={decode.length_penalty:g}"] if decode.beams > 1 else []
        options += [f"no_repeat_ngram_size={decode.no_repeat_ngram}"] if decode.no_repeat_ngram else []
        local = place
        first = "import ctranslate2\nfrom transformers import AutoTokenizer\n\n"
        if leaving.hub_id:
            first = "import ctranslate2\nfrom huggingface_hub import snapshot_download\n" + first.split("\n", 1)[1]
            first += f'folder = snapshot_download("{place}")\n'
            local = "folder"
        where = local if leaving.hub_id else f'"{place}"'
        code = (
            f"{first}tokenizer = AutoTokenizer.from_pretrained({where})\ntranslator = ctranslate2.Translator({where})\n"
            f"{prompt}\ntokens = tokenizer.convert_ids_to_tokens(tokenizer(prompt).input_ids)\n"
            f"found = translator.translate_batch([tokens], {', '.join(options)})\n"
            "ids = tokenizer.convert_tokens_to_ids(found[0].hypotheses[0])\n"
            "print(tokenizer.decode(ids, skip_special_tokens=True))"
        )
    return _fenced(code, "python")


def _base_words(leaving: Leaving) -> str:
    if leaving.spec.base.name == builtin.NAME:
        return f'"{leaving.hub_id}", subfolder="base"' if leaving.hub_id else '"FOLDER/base"'
    if (folder := local_base(leaving.run.spec())) is not None:
        return json.dumps(f"FOLDER OF THE BASE {folder.name}")
    revision = f', revision="{leaving.spec.base.revision}"' if leaving.spec.base.revision else ""
    return f'"{leaving.spec.base.name}"{revision}'


def _share(leaving: Leaving) -> str:
    trainable = figure(leaving.run.manifest(), "parameters", "trainable")
    percent = figure(leaving.run.manifest(), "parameters", "percent")
    if not trainable or percent is None:
        return ""
    return f"{int(trainable):,} parameters were trained, {percent:.3g} % of all."


def _scores(leaving: Leaving) -> str:
    """The board's row."""
    scores = leaving.run.scores()
    if not at(scores, "metrics"):
        return "The run decoded no test split, so there are none."
    cells: list[tuple[str, ...]] = [("", "mean over references", "best reference")]
    for key, label in _ROUGES:
        mean, best = (figure(scores, "metrics", key + end) for end in ("", "_best"))
        cells.append((label, *("" if value is None else f"{100 * value:.2f}" for value in (mean, best))))
    if (bleu := figure(scores, "metrics", "bleu")) is not None:
        cells.append(("BLEU", f"{bleu:.2f}", ""))
    table = "\n".join(f"| {' | '.join(row)} |" for row in (cells[0], ("---",) * 3, *cells[1:]))
    count, references = (int(figure(scores, key) or 0) for key in ("examples", "references"))
    text = (
        f"{table}\n\nOver {count:,} test dialogues with {references:,} references, averaged over dialogues. "
        f"ROUGE: F1 × 100 by {word(scores, 'signature', 'rouge')}. BLEU: of the corpus, all references, "
        f"{word(scores, 'signature', 'bleu')}. The two columns are points apart on the same summaries: compare like "
        "with like."
    )
    if leaving.form.name == "ct2-int8":
        text += " The figures are those of the float32 model; the check below says what 8-bit weights change."
    return text


def _data(leaving: Leaving) -> str:
    manifest, spec = leaving.run.manifest(), leaving.spec
    lines = [f"- source: `{spec.data.source}`{f' at `{spec.data.revision}`' if spec.data.revision else ''}"]
    if fingerprint := word(manifest, "data", "fingerprint"):
        lines.append(f"- fingerprint of the splits as used: `{fingerprint}`")
    counts = {split: figure(manifest, "data", "splits", split, "examples") for split in ("train", "validation", "test")}
    lines += [f"- {split}: {int(count):,} dialogues" for split, count in counts.items() if count is not None]
    if (seed := figure(manifest, "seed")) is not None:
        lines.append(f"- seed: {int(seed)}")
    return "\n".join(lines)


def _licence(leaving: Leaving) -> str:
    base = f"`{leaving.spec.base.name}`"
    licence = base_licence(leaving.run.spec())
    known = f"which is {licence} by its card" if licence else "which its card states"
    extra = (
        " The decoder is written without a cache and decodes greedily." if leaving.form.name == "onnx" else
        " Sums are rounded: texts may differ from the float32 model's." if leaving.form.name == "ct2-int8" else ""
    )  # fmt: skip
    return (
        f"These weights are made from {base} and come under its licence, {known}; the terms of the data "
        f"(`{leaving.spec.data.source}`) hold too, and are not checked here.\n\n"
        "Summaries may leave things out, mix speakers up, or say what nobody said: ROUGE counts words in common and "
        "does not see that. The scores hold for dialogues like those of the test split, in their language and length."
        f"{extra}"
    )


def base_licence(spec: RunSpec) -> str:
    """The licence that the base's own card states, where that card is on this machine; else empty."""
    folder = builtin.BASE if spec.base.name == builtin.NAME else local_base(spec)
    if folder is not None:
        path: Any = folder / "README.md"
    else:
        path = try_to_load_from_cache(spec.base.name, "README.md", revision=spec.base.revision)
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace") if isinstance(path, str | Path) else ""
    except OSError:
        return ""
    head = text.split("\n---", 1)[0] if text.startswith("---") else ""
    found = _LICENCE.search(head)
    return found[1] if found else ""


def _versions(form: Form) -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in ("dialtune", "torch", "transformers", "peft", *form.packages):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _versions_line(leaving: Leaving) -> str:
    exported = ", ".join(f"{name} {number}" for name, number in _versions(leaving.form).items())
    trained = at(leaving.run.manifest(), "versions")
    text = f"Exported with {exported}."
    if isinstance(trained, dict):
        known = ", ".join(f"{name} {trained[name]}" for name in ("torch", "transformers", "peft") if trained.get(name))
        text += f" The run had {known}." if known else ""
    return text


def _at_revision(spec: RunSpec) -> str:
    return f" at `{spec.base.revision}`" if spec.base.revision else ""


def _yaml(values: dict[str, Any]) -> str:
    """JSON is YAML."""
    return "\n".join(f"{key}: {json.dumps(value)}" for key, value in values.items())


def _fenced(text: str, language: str = "") -> str:
    """``text`` in a fence that nothing in it closes."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
