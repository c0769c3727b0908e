"""What the machine has and what it is doing: processors, memory, and GPUs as the NVIDIA driver tells it.

Nothing here needs torch or a GPU. A machine without a driver is normal: it has no devices. What a driver
does not tell is None, and what failed is not asked again for a minute, for a failing query can be slow.
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil

from engine.runs.events import DeviceReading, Resources

T = TypeVar("T")

RETRY_SECONDS = 60.0
"""What the driver refused is asked again after this long."""
SHORTEST = 0.1
"""Seconds over which a CPU percentage must at least be measured to mean something."""


@dataclass(frozen=True)
class Machine:
    """What dialtune can use of this machine. Bytes."""

    cpu_name: str
    physical_cores: int
    logical_cores: int
    memory_total: int
    """Of the machine, or of its container where that is less."""
    memory_available: int
    gpus: tuple[DeviceReading, ...]
    """Those that CUDA_VISIBLE_DEVICES leaves, in CUDA's order."""
    driver: str | None
    """Version of the NVIDIA driver; None without one."""


def machine(nvml: Any = None) -> Machine:
    """Look at this machine. ``nvml`` stands in for the pynvml module."""
    devices = Devices(nvml)
    used, total = memory()
    logical = psutil.cpu_count() or 1
    return Machine(
        cpu_name=_cpu_name(),
        physical_cores=psutil.cpu_count(logical=False) or logical,
        logical_cores=logical,
        memory_total=total,
        memory_available=total - used,
        gpus=devices.read(frozenset()),
        driver=devices.driver(),
    )


def peak_memory() -> int:
    """The most resident memory (bytes) that this process has had so far; children are not counted."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, the others KiB


class Sampler:
    """Reads the machine, a process and its children, and the GPUs. One per run; not for several threads at once."""

    def __init__(self, pid: int | None = None, nvml: Any = None) -> None:
        """Watch ``pid`` (default: this process). ``nvml`` stands in for the pynvml module."""
        self._pid = os.getpid() if pid is None else pid
        self._devices = Devices(nvml)
        self._cpu = (0.0, 0.0)
        self._since = time.monotonic()
        self._machine_before = _machine_seconds()
        self._process_before = {key: seconds for key, (seconds, _) in self._tree().items()}
        self._first = True

    def sample(self) -> Resources:
        """The figures now; percentages are means since the last sample (the first: since construction).

        The first sample waits up to a tenth of a second rather than give a CPU percentage of nothing.
        """
        elapsed = time.monotonic() - self._since
        if self._first and elapsed < SHORTEST:
            time.sleep(SHORTEST - elapsed)
        self._first = False
        tree = self._tree()
        self._measure_cpu({key: seconds for key, (seconds, _) in tree.items()})
        used, total = memory()
        return Resources(
            cpu_percent=self._cpu[0],
            process_cpu_percent=self._cpu[1],
            process_memory=sum(resident for _, resident in tree.values()),
            memory_used=used,
            memory_total=total,
            devices=self._devices.read(frozenset(pid for pid, _ in tree) | {self._pid}),
        )

    def _measure_cpu(self, seconds: dict[tuple[int, float], float]) -> None:
        elapsed = time.monotonic() - self._since
        if elapsed < SHORTEST:  # too soon after the last sample: its figures still stand
            return
        busy, everything = _machine_seconds()
        busy_before, everything_before = self._machine_before
        of_machine = (busy - busy_before) / (everything - everything_before) if everything > everything_before else 0.0
        # A child that is new since the last sample has done all of its work since then; one that has ended is lost.
        worked = sum(spent - self._process_before.get(key, 0.0) for key, spent in seconds.items())
        self._cpu = (min(max(100 * of_machine, 0.0), 100.0), max(100 * worked / elapsed, 0.0))
        self._since, self._machine_before, self._process_before = time.monotonic(), (busy, everything), seconds

    def _tree(self) -> dict[tuple[int, float], tuple[float, int]]:
        """CPU seconds and resident bytes of the process and its children, by pid and start; the vanished left out."""
        try:
            root = psutil.Process(self._pid)
            family = [root, *root.children(recursive=True)]
        except (psutil.Error, ValueError):
            return {}
        found = {}
        for member in family:
            try:
                with member.oneshot():
                    spent = member.cpu_times()
                    key = (member.pid, member.create_time())
                    found[key] = (spent.user + spent.system, member.memory_info().rss)
            except psutil.Error:
                continue
        return found


def disk_free(folder: Path) -> int | None:
    """Bytes that this user may still write in ``folder``, or where it would be made; None where that is not told."""
    for place in (folder.absolute(), *folder.absolute().parents):
        try:
            found = os.statvfs(place)
        except FileNotFoundError:
            continue
        except OSError:
            return None
        return found.f_bavail * found.f_frsize if found.f_blocks else None  # /proc and its like have none
    return None


# -- memory and CPU -------------------------------------------------------------------------------


def memory(cgroups: Path = Path("/sys/fs/cgroup"), membership: Path = Path("/proc/self/cgroup")) -> tuple[int, int]:
    """Bytes used and bytes there are: of the machine, or of the tightest control group that holds this process."""
    whole = psutil.virtual_memory()
    used, total = whole.total - whole.available, whole.total
    for folder, limit_file, usage_file, cache_key in _memory_groups(cgroups, membership):
        limit = _number(folder / limit_file)  # None for "max"
        usage = _number(folder / usage_file)
        if limit is not None and usage is not None and 0 < limit < total:
            # Cached file pages that nobody uses count as usage, but are given up before anything is killed.
            used, total = max(usage - _stat(folder / "memory.stat", cache_key), 0), limit
    return min(used, total), total


def _memory_groups(cgroups: Path, membership: Path) -> Iterable[tuple[Path, str, str, str]]:
    """Folder, limit file, usage file and cache's key of each group this process is in, innermost first."""
    try:
        lines = membership.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return
    for line in lines:
        _, controllers, place = line.split(":", 2) if line.count(":") >= 2 else ("", "none", "/")
        if controllers == "":
            root, names = cgroups, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            root, names = cgroups / "memory", ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        # In a container the path may be the host's, which is not there; the container's own limit is at the root.
        parts = [part for part in place.split("/") if part not in ("", "..")]
        for length in range(len(parts), -1, -1):
            yield (root.joinpath(*parts[:length]), *names)


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _stat(path: Path, key: str) -> int:
    try:
        pairs = dict(line.split(maxsplit=1) for line in path.read_text(encoding="ascii").splitlines())
        return int(pairs.get(key, "0"))
    except (OSError, ValueError):
        return 0


def _machine_seconds() -> tuple[float, float]:
    """Seconds that the machine's cores have worked, and worked or idled, since boot."""
    spent = psutil.cpu_times()._asdict()
    everything = sum(value for name, value in spent.items() if name not in ("guest", "guest_nice"))  # within user
    return everything - spent["idle"] - spent.get("iowait", 0.0), everything


def _cpu_name() -> str:
    if sys.platform == "darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        name = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        if name:
            return name
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip().lower() in ("model name", "hardware") and value.strip():
                return value.strip()
    except OSError:
        pass
    return platform.processor() or platform.machine() or "unknown"


# -- GPUs -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Device:
    handle: Any
    index: int
    name: str
    word: str
    """What CUDA_VISIBLE_DEVICES calls it."""


class Devices:
    """The GPUs that CUDA_VISIBLE_DEVICES leaves to this process. No failure of the driver gets out of here."""

    def __init__(self, nvml: Any = None, visible: str | None = None) -> None:
        """``nvml`` stands in for the pynvml module, ``visible`` for CUDA_VISIBLE_DEVICES."""
        self._nvml = nvml
        self._visible = os.environ.get("CUDA_VISIBLE_DEVICES") if visible is None else visible
        self._found: list[_Device] = []
        self._look_again = 0.0
        self._refused: dict[tuple[int, str], float] = {}
        self._sees_us = False

    def driver(self) -> str | None:
        """The driver's version."""
        self._find()
        return _text(self._ask(-1, "nvmlSystemGetDriverVersion")) if self._found or self._ready() else None

    def words(self) -> tuple[str, ...]:
        """What CUDA_VISIBLE_DEVICES calls each device: the words given there, else the driver's indices."""
        self._find()
        return tuple(device.word for device in self._found)

    def read(self, pids: frozenset[int]) -> tuple[DeviceReading, ...]:
        """Each device, in CUDA's order, with the memory that ``pids`` have there; one that is lost is left out.

        ``index`` is the driver's (as in nvidia-smi); CUDA's is the place in the tuple. The two agree for
        CUDA_DEVICE_ORDER=PCI_BUS_ID and on machines with GPUs of one kind.
        """
        self._find()
        readings = []
        for place, device in enumerate(self._found):
            reading = self._reading(place, device, pids)
            if reading is None:
                self._look_again = min(self._look_again, time.monotonic() + RETRY_SECONDS)
            else:
                readings.append(reading)
        return tuple(readings)

    def _reading(self, place: int, device: _Device, pids: frozenset[int]) -> DeviceReading | None:
        def ask(function: str, *arguments: Any) -> Any:
            return self._ask(place, function, device.handle, *arguments)

        amount = ask("nvmlDeviceGetMemoryInfo")
        if amount is None:
            return None
        rates, power = ask("nvmlDeviceGetUtilizationRates"), ask("nvmlDeviceGetPowerUsage")
        temperature = ask("nvmlDeviceGetTemperature", getattr(self._nvml, "NVML_TEMPERATURE_GPU", 0))
        return DeviceReading(
            index=device.index,
            name=device.name,
            memory_total=int(amount.total),
            memory_used=int(amount.used),
            process_memory=self._process_memory(ask("nvmlDeviceGetComputeRunningProcesses"), pids),
            utilization=None if rates is None else float(rates.gpu),
            power=None if power is None else power / 1000,  # from milliwatts
            temperature=None if temperature is None else float(temperature),
        )

    def _process_memory(self, processes: Any, pids: frozenset[int]) -> int | None:
        if processes is None or not pids:
            return None
        ours = [process.usedGpuMemory for process in processes if process.pid in pids]
        # In a container the driver lists other pids than ours, or none: that we use nothing is only known once
        # it has shown one of ours.
        self._sees_us = self._sees_us or bool(ours)
        return sum(ours) if self._sees_us and None not in ours else None

    def _find(self) -> None:
        """Look for the devices, unless that was done and nothing has gone wrong since."""
        if time.monotonic() < self._look_again:
            return
        self._look_again = time.monotonic() + RETRY_SECONDS  # unless devices are found
        self._found = []
        if not self._ready():
            return
        self._refused.clear()
        count = self._ask(-1, "nvmlDeviceGetCount")
        every = {index: self._ask(-1, "nvmlDeviceGetHandleByIndex", index) for index in range(count or 0)}
        every = {index: handle for index, handle in every.items() if handle is not None}
        if self._visible is None:
            chosen, words = list(every.items()), [str(index) for index in every]
        else:
            chosen, words = [], []
            for word in map(str.strip, self._visible.split(",")):
                one = self._named(word, every)
                if one is None or one in chosen:
                    break  # CUDA, too, ignores what follows an entry that it does not know
                chosen.append(one)
                words.append(word)
        for (index, handle), word in zip(chosen, words, strict=True):
            name = _text(self._ask(-1, "nvmlDeviceGetName", handle)) or "GPU"
            self._found.append(_Device(handle, index, name, word))
        if self._found:
            self._look_again = float("inf")

    def _named(self, word: str, every: dict[int, Any]) -> tuple[int, Any] | None:
        """Index and handle of one entry of CUDA_VISIBLE_DEVICES: an index, or the start of a GPU's or MIG's UUID."""
        if word.isdecimal():
            return (int(word), every[int(word)]) if int(word) in every else None
        if word.startswith("GPU-"):
            matches = [
                (index, handle)
                for index, handle in every.items()
                if (_text(self._ask(-1, "nvmlDeviceGetUUID", handle)) or "").startswith(word)
            ]
            return matches[0] if len(matches) == 1 else None
        if word.startswith("MIG-"):
            handle = self._ask(-1, "nvmlDeviceGetHandleByUUID", word)
            parent = None if handle is None else self._ask(-1, "nvmlDeviceGetDeviceHandleFromMigDeviceHandle", handle)
            index = None if parent is None else self._ask(-1, "nvmlDeviceGetIndex", parent)
            return None if handle is None else (int(index or 0), handle)
        return None

    def _ready(self) -> bool:
        if self._nvml is None:
            try:
                import pynvml  # 30 ms, and of no use to those who only read runs
            except ImportError:
                return False
            self._nvml = pynvml
        return self._guarded(lambda: (self._nvml.nvmlInit(), True)[1]) is True  # counts references: may be called again

    def _ask(self, place: int, function: str, *arguments: Any) -> Any:
        """What ``function`` answers; None when it fails, and for a while after when it is one of a device's (>= 0)."""
        if time.monotonic() < self._refused.get((place, function), 0.0):
            return None
        answer = self._guarded(lambda: getattr(self._nvml, function)(*arguments))
        if answer is None and place >= 0:
            self._refused[place, function] = time.monotonic() + RETRY_SECONDS
        return answer

    def _guarded(self, call: Callable[[], T]) -> T | None:
        try:
            return call()
        except (self._nvml.NVMLError, OSError, AttributeError, ValueError, TypeError):
            return None  # not supported, not permitted, no driver, a library too old to know the function


def _text(value: Any) -> str | None:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
