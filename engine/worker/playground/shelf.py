"""Loaded models: one base serves all its adapters, and the least recently used one goes when memory is short."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import HfApi, constants, try_to_load_from_cache
from huggingface_hub.errors import HfHubHTTPError
from safetensors import SafetensorError, safe_open

from engine import hardware, tasks
from engine.data.quoting import count
from engine.errors import BaseError
from engine.playground.protocol import Loaded, Loading, Message, Model, Unloaded
from engine.runs import lineage
from engine.runs.files import read_json
from engine.runs.folder import RunFolder
from engine.spec import BaseSpec, RunSpec
from engine.worker.bases import adapted, check_learnt, keep_head, load_base, load_run, load_tokenizer, location, own
from engine.worker.fast import quicken
from engine.worker.hub import HTTPError
from engine.worker.precision import Precision
from engine.worker.quantised import placed

WORKING = 128 << 20
"""Bytes that must stay free beside the weights: activations, keys and values of one prompt."""

Key = tuple[str, str | None, bool, int]


@dataclass(frozen=True)
class Asked:
    """What a model of the protocol comes to."""

    name: str
    spec: RunSpec
    place: BaseSpec
    """Where the base's weights lie; for a full run its own ``model/``."""
    adapter: Path | None = None
    stamp: int = 0
    """Changes when the run is trained again; 0 for a base."""
    under: RunFolder | None = None
    """The run whose merged model is the base, where that is no folder of weights."""
    base_stamp: int = 0
    """The stamp of the run whose model is the base; 0 for a pretrained one."""

    @property
    def key(self) -> Key:
        """Models with the same key share the base."""
        where = location(self.place) if self.under is None else str(self.under.path)
        where += f" in {self.place.quantise}" * (self.place.quantise != "none")
        return (where, self.place.revision, self.place.allow_remote_code, self.base_stamp)


def asked(model: Model) -> Asked:
    """Where ``model``'s weights lie and how its run was asked. Raises DialtuneError."""
    if not model.run:
        base = BaseSpec(name=model.base)
        return Asked(model.key, RunSpec(method="zero-shot", base=base), base)
    run = RunFolder(Path(model.run))
    spec = run.spec()
    tasks.check(spec.task, "playground")
    if not torch.cuda.is_available():
        spec = spec.model_copy(update={"base": spec.base.model_copy(update={"quantise": "none"})})
    if spec.trains:
        check_learnt(run)
        stamp = _stamp(run)
        if not spec.adds_adapter:
            return Asked(model.key, spec, own(run, spec), None, stamp, None, stamp)
        place, under, base_stamp = _below(spec, run.path.parent)
        return Asked(model.key, spec, place, run.model_path, stamp, under, base_stamp)
    place, under, base_stamp = _below(spec, run.path.parent)
    return Asked(model.key, spec, place, None, 0, under, base_stamp)


def _below(spec: RunSpec, home: Path) -> tuple[BaseSpec, RunFolder | None, int]:
    """What a run's adapter lies on: a base, the run that must be merged to give it, and that run's stamp."""
    before = lineage.source(spec, home)
    if before is None:
        return spec.base, None, 0
    earlier = before.spec()
    if lineage.same_adapter(spec, earlier):
        return _below(earlier, before.path.parent)
    check_learnt(before)
    if not earlier.adds_adapter:
        return own(before, earlier), None, _stamp(before)
    return earlier.base, before, _stamp(before)


def _stamp(run: RunFolder) -> int:
    return (run.model_path / "README.md").stat().st_mtime_ns


@dataclass
class _Shelved:
    name: str
    model: Any
    size: int
    adapters: dict[tuple[Path, int], str] = field(default_factory=dict)
    """PEFT's name of each, by folder and stamp."""
    peft: Any = None
    prompts: dict[tuple[Path, int], Any] = field(default_factory=dict)
    """PEFT models of soft prompts around the same base, by folder and stamp."""


class Shelf:
    """What is loaded. Every weight is float32, as in a run; ``tell`` hears of loading and unloading."""

    def __init__(self, precision: Precision, budget: int | None, tell: Callable[[Message], None]) -> None:
        """``budget``: bytes of weights held at once; None leaves it to the memory that is free."""
        self._precision, self._budget, self._tell = precision, budget, tell
        self._shelved: dict[Key, _Shelved] = {}  # least recently used first
        self._tokenizers: dict[tuple[str, str | None], Any] = {}
        self._made = 0

    @property
    def names(self) -> tuple[str, ...]:
        """What is loaded, least recently used first: each base, and how many adapters it has."""
        return tuple(
            one.name + (f" with {count(more, 'adapter')}" if (more := len(one.adapters) + len(one.prompts)) else "")
            for one in self._shelved.values()
        )

    def tokenizer(self, asked: Asked) -> Any:
        """The tokenizer of the model's base. Raises BaseError or HubError."""
        key = (asked.spec.base.name, asked.spec.base.revision)
        if key not in self._tokenizers:
            self._tokenizers[key] = load_tokenizer(asked.spec.base)
        return self._tokenizers[key]

    @contextmanager
    def using(self, asked: Asked, id: int) -> Iterator[Any]:
        """The model, on its device, computing as ``asked``; loaded first where it is not there.

        Raises BaseError or HubError when it cannot be loaded or does not fit.
        """
        one = self._base(asked, id)
        if asked.adapter is not None and asked.spec.method == "soft-prompt":
            prompted = self._prompt(one, asked, asked.adapter, id)
            with one.peft.disable_adapter() if one.peft is not None else nullcontext():
                yield prompted
        elif asked.adapter is not None:
            name = self._adapter(one, asked, asked.adapter, id)  # which makes the PEFT model where there is none yet
            one.peft.set_adapter(name, inference_mode=True)
            yield one.model
        elif one.peft is not None:
            with one.peft.disable_adapter():
                yield one.model
        else:
            yield one.model

    def clear(self, reason: str) -> None:
        """Give all memory back."""
        while self._shelved:
            self._drop(next(iter(self._shelved)), reason)

    def _base(self, asked: Asked, id: int) -> _Shelved:
        key = asked.key
        if (one := self._shelved.pop(key, None)) is None:
            for old in [k for k in self._shelved if k[0] == key[0] and k[3] != key[3]]:
                self._drop(old, "the run was trained anew")
            size = weights_size(asked.place)
            began = time.perf_counter()
            self._make_room(asked.name, size, keep=None)
            self._tell(Loading(id, asked.name, size, "base"))
            one = _Shelved(
                _short(asked), self._placed(load_run(asked.under)[0] if asked.under else load_base(asked.place)), size
            )
            one.size = sum(p.numel() * p.element_size() for p in one.model.parameters())
            self._tell(Loaded(id, asked.name, time.perf_counter() - began, one.size))
        self._shelved[key] = one  # now the last one
        return one

    def _adapter(self, one: _Shelved, asked: Asked, folder: Path, id: int) -> str:
        """PEFT's name of the adapter, which is loaded where it is not there; an older state of it goes."""
        wanted = (folder, asked.stamp)
        if wanted not in one.adapters:
            size = _shapes_size(sorted(folder.glob("*.safetensors")))
            began = time.perf_counter()
            self._make_room(asked.name, size, keep=asked.key)
            self._tell(Loading(id, asked.name, size, "adapter"))
            self._made += 1
            name = f"adapter{self._made}"
            one.peft = adapted(one.model, folder, name, one.peft)
            keep_head(one.model)
            self._placed(one.model)
            for old in [key for key in one.adapters if key[0] == folder]:
                one.peft.set_adapter(name, inference_mode=True)  # what is active cannot be deleted in its place
                one.peft.delete_adapter(one.adapters.pop(old))
            one.adapters[wanted] = name
            one.size += size
            self._tell(Loaded(id, asked.name, time.perf_counter() - began, size))
        return one.adapters[wanted]

    def _prompt(self, one: _Shelved, asked: Asked, folder: Path, id: int) -> Any:
        """The base behind the soft prompt in ``folder``, which is loaded where it is not there."""
        wanted = (folder, asked.stamp)
        if wanted not in one.prompts:
            size = _shapes_size(sorted(folder.glob("*.safetensors")))
            began = time.perf_counter()
            self._tell(Loading(id, asked.name, size, "adapter"))
            for old in [key for key in one.prompts if key[0] == folder]:
                del one.prompts[old]
            one.prompts[wanted] = adapted(one.model, folder).to(self._precision.device).eval()
            one.size += size
            self._tell(Loaded(id, asked.name, time.perf_counter() - began, size))
        return one.prompts[wanted]

    def _placed(self, model: Any) -> Any:
        model = placed(model, self._precision.device)
        quicken(model, self._precision.device)
        return model.eval()

    def _make_room(self, name: str, size: int, keep: Key | None) -> None:
        """Unload until ``size`` bytes fit. Raises BaseError, with nothing unloaded, when that would not help."""
        others = [key for key in self._shelved if key != keep]
        free, where = self._free()
        if size > free + sum(self._shelved[key].size for key in others):
            why = f"Its weights need {amount(size)}, and {amount(free)} are free {where}"
            raise BaseError(
                f"{name} does not fit into memory", why, "Choose a smaller base, or end what else uses memory"
            )
        for key in others:
            if size <= self._free()[0]:
                return
            self._drop(key, f"to make room for {name}")

    def _free(self) -> tuple[int, str]:
        """Bytes that weights may still fill, and where."""
        used, total = hardware.memory()
        free, where = max(total - used - WORKING, 0), "on this machine"
        if self._precision.device.type == "cuda":
            unused = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
            on_gpu = max(torch.cuda.mem_get_info()[0] + unused - WORKING, 0)
            if on_gpu < free:
                free, where = on_gpu, "on the GPU"
        if self._budget is not None:
            left = max(self._budget - sum(one.size for one in self._shelved.values()), 0)
            if left < free:
                free, where = left, f"of the playground's {amount(self._budget)}"
        return free, where

    def _drop(self, key: Key, reason: str) -> None:
        one = self._shelved.pop(key)
        name, size = one.name, one.size
        del one
        gc.collect()  # a PEFT model and its base refer to each other
        if self._precision.device.type == "cuda":
            torch.cuda.empty_cache()
        self._tell(Unloaded(name, size, reason))


def weights_size(place: BaseSpec) -> int:
    """Bytes of a base's weights as float32, from the headers of its safetensors; 0 where nobody knows yet."""
    where = location(place)
    folder = Path(where)
    if folder.is_dir():
        index = folder / "model.safetensors.index.json"
        names = _shards(index) if index.is_file() else {"model.safetensors"}
        return _shapes_size([folder / name for name in names if (folder / name).is_file()])
    found = try_to_load_from_cache(where, "model.safetensors", revision=place.revision)
    if isinstance(found, str):
        return _shapes_size([Path(found)])
    index_found = try_to_load_from_cache(where, "model.safetensors.index.json", revision=place.revision)
    if isinstance(index_found, str):
        shards = [try_to_load_from_cache(where, name, revision=place.revision) for name in _shards(Path(index_found))]
        return _shapes_size([Path(shard) for shard in shards if isinstance(shard, str)])
    if constants.HF_HUB_OFFLINE:
        return 0
    try:
        told = HfApi().model_info(where, revision=place.revision, expand=["safetensors"], timeout=5).safetensors
    except (HTTPError, HfHubHTTPError, OSError, ValueError):  # loading meets it again and explains it
        return 0
    return 4 * told.total if told else 0


def amount(size: int) -> str:
    """``29 MiB``, ``2.9 GiB``."""
    return f"{size / (1 << 20):.0f} MiB" if size < 1 << 30 else f"{size / (1 << 30):.1f} GiB"


def _shards(index: Path) -> set[str]:
    files = read_json(index).get("weight_map")
    return {str(name) for name in files.values()} if isinstance(files, dict) else set()


def _shapes_size(files: list[Path]) -> int:
    """Bytes as float32 of all tensors in ``files``; damaged ones, which loading explains, count as nothing."""
    total = 0
    for path in files:
        try:
            with safe_open(str(path), framework="pt") as tensors:
                total += sum(prod(tensors.get_slice(name).get_shape()) for name in tensors.keys())  # noqa: SIM118
        except (SafetensorError, OSError):
            continue
    return 4 * total


def _short(asked: Asked) -> str:
    """A base's name as people know it; for a full run, whose base is its own, the run's."""
    return asked.name if asked.stamp and asked.adapter is None else asked.spec.base.name
