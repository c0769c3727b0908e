"""Bases and trained models, loaded: safetensors only, encoder-decoders only, heads as their checkpoints have them."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, OfflineModeIsEnabled, RepositoryNotFoundError
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForSeq2SeqLM, AutoTokenizer

from engine import builtin
from engine.errors import BaseError, DialtuneError, HubError
from engine.runs.folder import RunFolder
from engine.spec import BaseSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger("dialtune")


def location(spec: BaseSpec) -> str:
    """What ``from_pretrained`` is given: the built-in folder, an existing local folder, or a hub id."""
    if spec.name == builtin.NAME:
        return str(builtin.BASE)
    path = Path(spec.name).expanduser()
    if path.exists():
        if not path.is_dir():
            raise BaseError(f"The base {spec.name} is a file", "", "Give the folder that holds config.json")
        if not (path / "config.json").is_file():
            raise BaseError(f"The folder {spec.name} holds no model", "It has no config.json")
        return str(path)
    if path.is_absolute() or spec.name.startswith((".", "~")) or spec.name.count("/") > 1:
        raise BaseError(f"There is no base at {spec.name}", "The folder does not exist")
    return spec.name


def load_tokenizer(spec: BaseSpec) -> Any:
    """The base's tokenizer. Raises BaseError or HubError."""
    with _explained(spec.name):
        return AutoTokenizer.from_pretrained(location(spec), **_options(spec))


def load_base(spec: BaseSpec) -> Any:
    """The base as a float32 encoder-decoder on the CPU.

    Raises BaseError for anything that is no encoder-decoder, has no safetensors or damaged ones, and
    HubError when a hub id is neither reachable nor cached.
    """
    where = location(spec)
    with _explained(spec.name):
        config = AutoConfig.from_pretrained(where, **_options(spec))
        if not getattr(config, "is_encoder_decoder", False):
            raise BaseError(
                f"The base {spec.name} is no encoder-decoder", f"Its architecture is {config.model_type}",
                "Choose one such as google/flan-t5-base",
            )  # fmt: skip
        model = AutoModelForSeq2SeqLM.from_pretrained(
            where, config=config, dtype=torch.float32, use_safetensors=True, attn_implementation="sdpa", **_options(spec)
        )
    keep_head(model)
    return model


def keep_head(model: Any) -> None:
    """Stop a model whose head has its own weights from ever being tied again.

    transformers 5 sets ``tie_word_embeddings`` for every T5 though FLAN-T5's head is its own; a later
    ``tie_weights()`` (resizing, merging, dispatching) would overwrite the head with the embedding.
    """
    head, embedding = model.get_output_embeddings(), model.get_input_embeddings()
    if head is None or embedding is None or head.weight is embedding.weight:
        return
    model.config.tie_word_embeddings = False
    tied = getattr(model, "_tied_weights_keys", None)
    if isinstance(tied, dict):
        own = {name for name, parameter in model.named_parameters(remove_duplicate=False) if parameter is head.weight}
        model._tied_weights_keys = {key: value for key, value in tied.items() if key not in own}
        if hasattr(model, "all_tied_weights_keys"):
            model.all_tied_weights_keys = {k: v for k, v in model.all_tied_weights_keys.items() if k not in own}


def load_run(run: RunFolder) -> tuple[Any, Any]:
    """A run's model, ready for inference (adapters merged), and its tokenizer.

    Raises BaseError when the run has learnt nothing yet.
    """
    from peft import PeftModel

    spec = run.spec()
    tokenizer = load_tokenizer(spec.base)
    if spec.method == "zero-shot":
        return load_base(spec.base), tokenizer
    if not (run.model_path / "README.md").is_file():  # written last
        raise BaseError(f"The run {run.name} has no model yet", f"It is {run.status().state}", "Let it train to its end")
    if spec.method == "full":
        return load_base(BaseSpec(name=str(run.model_path), allow_remote_code=spec.base.allow_remote_code)), tokenizer
    base = load_base(spec.base)
    with _explained(str(run.model_path)):
        model = PeftModel.from_pretrained(base, str(run.model_path), is_trainable=False)
    return merged(model), tokenizer


def merged(model: Any) -> Any:
    """A PEFT model with its adapter folded into the base's weights; any other model as it is."""
    merge = getattr(model, "merge_and_unload", None)
    if merge is None:
        return model
    result = merge()
    keep_head(result)
    return result


def _options(spec: BaseSpec) -> dict[str, Any]:
    return {"revision": spec.revision or "main", "trust_remote_code": spec.allow_remote_code}


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turns what the libraries raise into a sentence for the user."""
    folder = "Give a folder instead: --set base.name=DIR, with config.json, model.safetensors and the tokenizer's files"
    try:
        yield
    except DialtuneError:
        raise
    except SafetensorError as error:
        raise BaseError(f"The weights of {name} are damaged", str(error), "Download or save them again") from error
    except (GatedRepoError, RepositoryNotFoundError) as error:
        raise HubError(f"The hub does not give out {name}", _line(error), "Check the id, or log in with `hf auth login`") from error
    except (OfflineModeIsEnabled, HfHubHTTPError, ConnectionError, TimeoutError) as error:
        raise HubError(f"The hub cannot be reached and {name} is not in the cache", _line(error), folder) from error
    except OSError as error:
        text = str(error)
        if Path(name).is_dir() or name == builtin.NAME:
            raise BaseError(f"The base {name} cannot be loaded", _line(error)) from error
        if "onnect to" in text or "offline" in text or "cached files" in text:
            raise HubError(f"The hub cannot be reached and {name} is not in the cache", "", folder) from error
        if "valid model identifier" in text or "not a local folder" in text:
            raise HubError(f"There is no base {name}", "It is neither a local folder nor on the hub", folder) from error
        raise BaseError(f"The base {name} cannot be loaded", _line(error)) from error
    except (ValueError, KeyError, ImportError, AttributeError, TypeError, RuntimeError) as error:
        raise BaseError(f"The base {name} cannot be loaded", _line(error)) from error


def _line(error: BaseException) -> str:
    """The first sentence or so of a library's message."""
    return " ".join(str(error).split())[:300]
