"""Bases and trained models, loaded: safetensors only, encoder-decoders only, heads as their checkpoints have them."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from huggingface_hub import HfApi, constants
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForSeq2SeqLM, AutoTokenizer

from engine import builtin, preflight
from engine.errors import BaseError, DialtuneError, HubError
from engine.runs import checksums
from engine.runs.folder import RunFolder
from engine.spec import BaseSpec
from engine.worker.hub import HTTPError, reason

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger("dialtune")

_LOG_IN = "Check the id, or log in with `hf auth login`"
_FOLDER = "Give a folder instead: --set base.name=DIR, with config.json, model.safetensors and the tokenizer's files"


def location(spec: BaseSpec) -> str:
    """What ``from_pretrained`` is given: the built-in folder, an existing local folder, or a hub id."""
    return str(builtin.BASE) if spec.name == builtin.NAME else preflight.location(spec)


def load_tokenizer(spec: BaseSpec) -> Any:
    """The base's tokenizer. Raises BaseError or HubError."""
    with _explained(spec.name, spec.revision):
        return AutoTokenizer.from_pretrained(location(spec), **_options(spec))


def load_base(spec: BaseSpec) -> Any:
    """The base as a float32 encoder-decoder on the CPU.

    Raises BaseError for anything that is no encoder-decoder, has no safetensors or damaged ones, and
    HubError when a hub id is neither reachable nor cached.
    """
    where = location(spec)
    with _explained(spec.name, spec.revision):
        config = AutoConfig.from_pretrained(where, **_options(spec))
        if not getattr(config, "is_encoder_decoder", False):
            raise BaseError(
                f"The base {spec.name} is no encoder-decoder", f"Its architecture is {config.model_type}",
                "Choose one such as google/flan-t5-base",
            )  # fmt: skip
        model = AutoModelForSeq2SeqLM.from_pretrained(
            where,
            config=config,
            dtype=torch.float32,
            use_safetensors=True,
            attn_implementation="sdpa",
            **_options(spec),
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


def untie(model: Any) -> Any:
    """``model``, as made from a config, with a head of its own (a copy of the embedding to begin with).

    transformers 5 ties every T5 made from a config. Telling the config otherwise beforehand would untie
    the encoder's and the decoder's embeddings from each other too, which no T5 does.
    """
    head = model.get_output_embeddings()
    if head.weight is model.get_input_embeddings().weight:
        head.weight = torch.nn.Parameter(head.weight.detach().clone())
    keep_head(model)
    return model


def load_run(run: RunFolder) -> tuple[Any, Any]:
    """A run's model, ready for inference (adapters merged), and its tokenizer.

    Raises BaseError when the run has learnt nothing yet.
    """
    spec = run.spec()
    tokenizer = load_tokenizer(spec.base)
    if spec.method == "zero-shot":
        return load_base(spec.base), tokenizer
    check_learnt(run)
    if spec.method == "full":
        return load_base(BaseSpec(name=str(run.model_path), allow_remote_code=spec.base.allow_remote_code)), tokenizer
    return merged(adapted(load_base(spec.base), run.model_path)), tokenizer


def check_learnt(run: RunFolder) -> None:
    """Raise BaseError unless the run's ``model/`` is there, whole and as it was written."""
    if not (run.model_path / "README.md").is_file():  # written last
        raise BaseError(
            f"The run {run.name} has no model yet", f"It is {run.status().state}", "Let it train to its end"
        )
    if wrong := checksums.problems(run.model_path):
        raise BaseError(
            f"The model of {run.name} is damaged", wrong[0], f"`dialtune check {run.name}` says what can be saved"
        )


def adapted(base: Any, folder: Path, name: str = "default", among: Any = None) -> Any:
    """``base`` as a PEFT model with the adapter in ``folder`` called ``name``; ``among``: the one it has others in.

    The base's modules are wrapped in place: it computes with whatever adapter the PEFT model has set.
    Raises BaseError.
    """
    from peft import PeftModel

    with _explained(str(folder)):
        if among is None:
            return PeftModel.from_pretrained(base, str(folder), adapter_name=name, is_trainable=False)
        among.load_adapter(str(folder), adapter_name=name, is_trainable=False)
        return among


def merged(model: Any) -> Any:
    """A PEFT model with its adapter folded into the base's weights; any other model as it is."""
    merge = getattr(model, "merge_and_unload", None)
    if merge is None:
        return model
    result = merge()
    keep_head(result)
    return result


def _options(spec: BaseSpec) -> dict[str, Any]:
    options: dict[str, Any] = {"revision": spec.revision or "main", "trust_remote_code": spec.allow_remote_code}
    if spec.name != builtin.NAME and not Path(preflight.location(spec)).is_dir():
        options["local_files_only"] = bool(_unreachable(spec.name, spec.revision))
    return options


@cache
def _unreachable(name: str, revision: str | None) -> str:
    """Why the hub cannot be asked for ``name`` now; empty when it answers.

    One plain question first: the libraries retry a dead connection for 23 seconds, file by file, before they look
    into the cache. Raises HubError when the hub answers that there is no such base, or no access to it.
    """
    if constants.HF_HUB_OFFLINE:
        return reason(OfflineModeIsEnabled())
    try:
        HfApi().model_info(name, revision=revision, timeout=constants.HF_HUB_ETAG_TIMEOUT, expand=["sha"])
    except GatedRepoError as error:
        raise HubError(f"The hub does not give {name} to everyone", reason(error), _LOG_IN) from error
    except RevisionNotFoundError as error:
        raise HubError(f"The base {name} has no revision {revision}", reason(error)) from error
    except RepositoryNotFoundError as error:
        raise HubError(f"The hub has no base {name}", f"Or it is private: {reason(error)}", _LOG_IN) from error
    except (HTTPError, HfHubHTTPError, OSError, ValueError) as error:
        return reason(error)
    return ""


@contextmanager
def _explained(name: str, revision: str | None = None) -> Iterator[None]:
    """Turns what the libraries raise into a sentence for the user."""
    try:
        yield
    except DialtuneError:
        raise
    except SafetensorError as error:
        raise BaseError(f"The weights of {name} are damaged", str(error), "Download or save them again") from error
    except (OSError, HTTPError) as error:
        if name == builtin.NAME or Path(name).is_dir():
            raise BaseError(f"The base {name} cannot be loaded", _line(error)) from error
        if why := _unreachable(name, revision):
            raise HubError(f"The hub cannot be reached and {name} is not in the cache", why, _FOLDER) from error
        raise BaseError(f"The base {name} cannot be loaded", _line(error)) from error
    except (ValueError, KeyError, ImportError, AttributeError, TypeError, RuntimeError) as error:
        raise BaseError(f"The base {name} cannot be loaded", _line(error)) from error


def _line(error: BaseException) -> str:
    """The first sentence or so of a library's message."""
    return " ".join(str(error).split())[:300]
