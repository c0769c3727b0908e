"""The shape of a base by its name: from its config where that is on this machine, else as it was published.

Nothing is loaded and nothing is fetched. What is neither here nor well known stays unknown.
"""

from __future__ import annotations

import json
import os
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import builtin, preflight
from engine.errors import BaseError, DialtuneError
from engine.forecast.architecture import BART_OFFSET, BIAS_BUCKETS, Architecture
from engine.results.facts import figure
from engine.runs.files import read_json
from engine.spec import BaseSpec

_T5_TYPES = ("t5", "mt5", "umt5")
_BART_TYPES = ("bart", "mbart", "pegasus", "marian", "blenderbot", "blenderbot-small")
_TIED_BY_DEFAULT = {"mt5": False, "umt5": False}
_LARGEST_HEADER = 100 << 20
"""safetensors' own limit on its header (bytes)."""


@dataclass(frozen=True)
class Base:
    """A base and what is known of it."""

    architecture: Architecture
    origin: str
    """Where the shape comes from, in words."""
    file_bytes: int = 0
    """Size of the weights on disk; 0 where they are not here."""


def look(spec: BaseSpec) -> Base:
    """The shape of the base that ``spec`` names.

    Raises BaseError when it is not known, is not one that can be counted, or is no encoder-decoder.
    """
    name = preflight.location(spec)
    if name == builtin.NAME:
        return _in_folder(builtin.BASE, "builtin")
    if Path(name).is_dir():
        return _in_folder(Path(name), name)
    if (folder := cached(name, spec.revision)) is not None:
        return _in_folder(folder, name)
    if (published := _published(name)) is not None:
        return Base(published, f"the published shape of {name}")
    raise BaseError(
        f"The shape of {name} is not known here",
        "It is not in the Hugging Face cache, and none of the published ones kept here",
        "Start one run of it, which downloads it, or give a folder: base.name=DIR",
    )


def cached(name: str, revision: str | None = None) -> Path | None:
    """The snapshot folder of a hub id in the Hugging Face cache, with a config in it; None when it is not there."""
    repository = hub_cache() / f"models--{name.replace('/', '--')}"
    wanted = revision or "main"
    try:
        reference = repository / "refs" / wanted
        commit = reference.read_text(encoding="ascii").strip() if reference.is_file() else wanted
        folder = repository / "snapshots" / commit
        return folder if (folder / "config.json").is_file() else None
    except (OSError, ValueError):  # an odd revision: not there
        return None


def hub_cache() -> Path:
    """Where the Hugging Face libraries keep what they downloaded, by the variables they go by."""
    if place := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(place).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.environ.get("HF_HOME") or f"{cache}/huggingface").expanduser() / "hub"


def from_config(values: Mapping[str, Any], name: str, own_head: bool | None = None) -> Architecture:
    """The architecture that a ``config.json`` describes.

    ``own_head`` says whether the weights hold a head of their own, where they could be looked at; it decides,
    as it does when the weights are loaded. Raises BaseError for what cannot be counted.
    """
    kind = values.get("model_type")
    if kind not in (*_T5_TYPES, *_BART_TYPES):
        known = values.get("is_encoder_decoder") is True
        why = f"Its architecture is {str(kind)[:60]}" + ("" if known else ", which is no encoder-decoder")
        todo = "A probe measures it instead" if known else "Choose one such as google/flan-t5-base"
        raise BaseError(f"The base {name} cannot be counted beforehand", why, todo)
    tied = values.get("tie_word_embeddings")
    tied = tied if isinstance(tied, bool) else _TIED_BY_DEFAULT.get(str(kind), True)
    tied = tied if own_head is None else not own_head
    try:
        return _t5(values, str(kind), tied) if kind in _T5_TYPES else _bart(values, str(kind), tied)
    except KeyError as error:
        raise BaseError(f"The base {name} cannot be counted", f"Its config.json has no usable {error}") from None


def _in_folder(folder: Path, name: str) -> Base:
    values = read_json(folder / "config.json")
    if not values:
        raise BaseError(f"The base {name} cannot be counted", "Its config.json is missing or damaged")
    names, size = _weights(folder)
    own_head = "lm_head.weight" in names if names else None
    return Base(from_config(values, name, own_head), "its config.json", size)


def _weights(folder: Path) -> tuple[frozenset[str], int]:
    """Names of the tensors in ``folder``'s safetensors and the bytes of its files; nothing where there are none."""
    try:
        size = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
        if index := read_json(folder / "model.safetensors.index.json").get("weight_map"):
            return frozenset(index), size
        with (folder / "model.safetensors").open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length)) if length <= _LARGEST_HEADER else {}
        return frozenset(header), size
    except (OSError, ValueError, TypeError, struct.error):
        return frozenset(), 0


def _t5(values: Mapping[str, Any], kind: str, tied: bool) -> Architecture:
    layers = _whole(values, "num_layers")
    heads = _whole(values, "num_heads")
    projection = str(values.get("feed_forward_proj", "relu"))
    decoder = values.get("num_decoder_layers")
    return Architecture(
        family="t5",
        width=_whole(values, "d_model"),
        inner=_whole(values, "d_kv") * heads,
        heads=heads,
        feed_forward=_whole(values, "d_ff"),
        encoder_layers=layers,
        decoder_layers=layers if decoder is None else _whole(values, "num_decoder_layers"),
        vocabulary=_whole(values, "vocab_size"),
        gated=projection.startswith("gated-"),
        tied=tied,
        buckets=_whole(values, "relative_attention_num_buckets", BIAS_BUCKETS),
        bias_in_every_layer=kind == "umt5",
    )


def _bart(values: Mapping[str, Any], kind: str, tied: bool) -> Architecture:
    width = _whole(values, "d_model")
    offset = BART_OFFSET if kind in ("bart", "mbart") else 0
    return Architecture(
        family="bart",
        width=width,
        inner=width,
        heads=_whole(values, "encoder_attention_heads"),
        feed_forward=_whole(values, "encoder_ffn_dim"),
        encoder_layers=_whole(values, "encoder_layers"),
        decoder_layers=_whole(values, "decoder_layers"),
        vocabulary=_whole(values, "vocab_size"),
        tied=tied,
        positions=_whole(values, "max_position_embeddings") + offset,
        final_norms=kind in ("mbart", "pegasus", "blenderbot"),
        exact=kind == "bart",
    )


def _whole(values: Mapping[str, Any], key: str, default: int | None = None) -> int:
    found = figure(values, key)
    if isinstance(found, int) and found > 0:
        return found
    if default is None or found is not None:
        raise KeyError(key)
    return default


# -- published shapes -----------------------------------------------------------------------------

# Width, feed-forward, size of a head, layers of each side, heads: Raffel et al. 2020 (table in section 3.7) for v1.0,
# the release notes of T5 v1.1 for the gated ones, which FLAN (Chung et al. 2022) and mT5 (Xue et al. 2021) share.
_FIRST = {
    "small": (512, 2048, 64, 6, 8), "base": (768, 3072, 64, 12, 12), "large": (1024, 4096, 64, 24, 16),
    "3b": (1024, 16384, 128, 24, 32), "11b": (1024, 65536, 128, 24, 128),
}  # fmt: skip
_GATED = {
    "small": (512, 1024, 64, 8, 6), "base": (768, 2048, 64, 12, 12), "large": (1024, 2816, 64, 24, 16),
    "xl": (2048, 5120, 64, 24, 32), "xxl": (4096, 10240, 64, 24, 64),
}  # fmt: skip
# Width, feed-forward, heads, layers of each side, vocabulary: Lewis et al. 2020.
_BARTS = {
    "facebook/bart-base": (768, 3072, 12, 6, 50265),
    "facebook/bart-large": (1024, 4096, 16, 12, 50265),
    "facebook/bart-large-cnn": (1024, 4096, 16, 12, 50264),
}
_T5_VOCABULARY, _MT5_VOCABULARY = 32128, 250112
_T5_NAME = re.compile(r"(?:google-t5/)?t5-(\w+)|google/(flan-t5|t5-v1_1|mt5)-(\w+)")


def _published(name: str) -> Architecture | None:
    if name in _BARTS:
        width, wide, heads, layers, vocabulary = _BARTS[name]
        return Architecture("bart", width, width, heads, wide, layers, layers, vocabulary, positions=1024 + BART_OFFSET)
    found = _T5_NAME.fullmatch(name)
    if found is None:
        return None
    first, family, size = found.groups()
    shape = _FIRST.get(first) if first else _GATED.get(size)
    if shape is None:
        return None
    width, wide, key, layers, heads = shape
    vocabulary = _MT5_VOCABULARY if family == "mt5" else _T5_VOCABULARY
    return Architecture(
        "t5", width, key * heads, heads, wide, layers, layers, vocabulary, gated=not first, tied=bool(first)
    )


def known(spec: BaseSpec) -> tuple[Base | None, DialtuneError | None]:
    """:func:`look`, or why not."""
    try:
        return look(spec), None
    except DialtuneError as error:
        return None, error
