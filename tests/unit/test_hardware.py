"""The machine's figures, with an NVML that is told what to do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from engine import hardware
from engine.hardware import Devices, Sampler, machine, memory, peak_memory

GIB = 1 << 30


class NVMLError(Exception):
    pass


class FakeNvml:
    """Two GPUs and a MIG instance; ``broken`` names functions that fail, ``lost`` GPUs that vanished."""

    NVMLError = NVMLError
    NVML_TEMPERATURE_GPU = 0

    def __init__(self, broken: tuple[str, ...] = (), processes: list[tuple[int, int | None]] | None = None) -> None:
        self.broken = set(broken)
        self.lost: set[str] = set()
        self.processes = {"gpu0": processes or [], "gpu1": [], "mig": []}
        self.calls: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        value = object.__getattribute__(self, name)
        if name.startswith("nvml"):
            self.calls.append(name)
            if name in self.broken:
                raise NVMLError(f"{name} is not supported")
        return value

    def nvmlInit(self) -> None:  # noqa: N802
        pass

    def nvmlSystemGetDriverVersion(self) -> bytes:  # noqa: N802
        return b"580.65.06"

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> str:  # noqa: N802
        return f"gpu{index}"

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:  # noqa: N802
        if uuid != "MIG-1234":
            raise NVMLError("not found")
        return "mig"

    def nvmlDeviceGetDeviceHandleFromMigDeviceHandle(self, handle: str) -> str:  # noqa: N802
        return "gpu1"

    def nvmlDeviceGetIndex(self, handle: str) -> int:  # noqa: N802
        return int(handle[-1])

    def nvmlDeviceGetUUID(self, handle: str) -> str:  # noqa: N802
        return {"gpu0": "GPU-aaaa-0000", "gpu1": "GPU-abbb-1111"}[handle]

    def nvmlDeviceGetName(self, handle: str) -> str:  # noqa: N802
        return f"Fake {handle}"

    def nvmlDeviceGetMemoryInfo(self, handle: str) -> Any:  # noqa: N802
        if handle in self.lost:
            raise NVMLError("GPU is lost")
        return SimpleNamespace(total=80 * GIB, used=3 * GIB)

    def nvmlDeviceGetUtilizationRates(self, handle: str) -> Any:  # noqa: N802
        return SimpleNamespace(gpu=87, memory=12)

    def nvmlDeviceGetPowerUsage(self, handle: str) -> int:  # noqa: N802
        return 312_500

    def nvmlDeviceGetTemperature(self, handle: str, sensor: int) -> int:  # noqa: N802
        return 61

    def nvmlDeviceGetComputeRunningProcesses(self, handle: str) -> list[Any]:  # noqa: N802
        return [SimpleNamespace(pid=pid, usedGpuMemory=used) for pid, used in self.processes[handle]]


@pytest.fixture(autouse=True)
def _no_visible_devices_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Seconds that have passed, to be moved by the test."""
    now = [1000.0]
    monkeypatch.setattr(hardware, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=time.sleep))
    yield now


class TestDevices:
    def test_units_and_names(self) -> None:
        first, second = Devices(FakeNvml(processes=[(7, 2 * GIB), (8, GIB), (99, GIB)])).read(frozenset({7, 8}))
        assert (first.index, first.name, second.index, second.name) == (0, "Fake gpu0", 1, "Fake gpu1")
        assert (first.memory_total, first.memory_used) == (80 * GIB, 3 * GIB)
        assert (first.utilization, first.power, first.temperature) == (87.0, 312.5, 61.0)
        assert first.process_memory == 3 * GIB
        assert second.process_memory == 0, "the driver shows our pids, so absence means none"

    def test_no_driver_is_no_devices_and_is_not_asked_every_second(self, clock: list[float]) -> None:
        nvml = FakeNvml(broken=("nvmlInit",))
        devices = Devices(nvml)
        for _ in range(30):
            assert devices.read(frozenset()) == ()
            clock[0] += 1
        assert nvml.calls == ["nvmlInit"]
        clock[0] += hardware.RETRY_SECONDS
        nvml.broken.clear()
        assert len(devices.read(frozenset())) == 2

    @pytest.mark.parametrize(
        ("function", "figure"),
        [
            ("nvmlDeviceGetUtilizationRates", "utilization"),
            ("nvmlDeviceGetPowerUsage", "power"),
            ("nvmlDeviceGetTemperature", "temperature"),
            ("nvmlDeviceGetComputeRunningProcesses", "process_memory"),
        ],
    )
    def test_an_unsupported_query_is_none_and_is_left_alone(
        self, function: str, figure: str, clock: list[float]
    ) -> None:
        nvml = FakeNvml(broken=(function,), processes=[(7, GIB)])
        devices = Devices(nvml)
        for _ in range(10):
            for reading in devices.read(frozenset({7})):
                values = {name: getattr(reading, name) for name in ("utilization", "power", "temperature")}
                assert getattr(reading, figure) is None
                assert None not in [value for name, value in values.items() if name != figure]
            clock[0] += 1
        assert nvml.calls.count(function) == 2  # once a device

    def test_other_pids_as_in_a_container_are_unknown_not_zero(self) -> None:
        assert [d.process_memory for d in Devices(FakeNvml(processes=[(4242, GIB)])).read(frozenset({7}))] == [None] * 2

    def test_memory_that_the_driver_does_not_count_by_process(self) -> None:
        assert Devices(FakeNvml(processes=[(7, None)])).read(frozenset({7}))[0].process_memory is None

    def test_a_device_vanishes_and_comes_back(self, clock: list[float]) -> None:
        nvml = FakeNvml()
        devices = Devices(nvml)
        assert [d.index for d in devices.read(frozenset())] == [0, 1]
        nvml.lost.add("gpu0")
        for _ in range(10):
            assert [d.index for d in devices.read(frozenset())] == [1]
            clock[0] += 1
        assert nvml.calls.count("nvmlDeviceGetMemoryInfo") == 2 + 1 + 10, "the lost one is asked once"
        nvml.lost.clear()
        clock[0] += hardware.RETRY_SECONDS
        assert [d.index for d in devices.read(frozenset())] == [0, 1]

    def test_everything_fails_at_once(self) -> None:
        nvml = FakeNvml()
        devices = Devices(nvml)
        assert len(devices.read(frozenset())) == 2
        nvml.broken = {name for name in dir(FakeNvml) if name.startswith("nvml")}
        assert devices.read(frozenset()) == ()
        assert devices.driver() is None

    @pytest.mark.parametrize(
        ("visible", "names"),
        [
            ("1", ["Fake gpu1"]),
            ("1,0", ["Fake gpu1", "Fake gpu0"]),
            (" 0 , 1 ", ["Fake gpu0", "Fake gpu1"]),
            ("GPU-abbb", ["Fake gpu1"]),
            ("GPU-a", []),  # ambiguous
            ("MIG-1234", ["Fake mig"]),
            ("MIG-0000", []),
            ("", []),
            ("-1", []),
            ("0,7,1", ["Fake gpu0"]),  # CUDA stops at what it does not know
            ("NoDevFiles", []),
        ],
    )
    def test_visible_devices(self, visible: str, names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert [d.name for d in Devices(FakeNvml()).read(frozenset())] == names

    def test_a_mig_instance_has_its_gpus_index(self) -> None:
        assert [d.index for d in Devices(FakeNvml(), visible="MIG-1234").read(frozenset())] == [1]

    def test_without_pynvml(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pynvml", None)
        assert Devices().read(frozenset()) == ()


class TestSampler:
    def test_the_first_sample_says_something(self) -> None:
        sampler = Sampler(nvml=FakeNvml(broken=("nvmlInit",)))
        until = time.process_time() + 0.15
        while time.process_time() < until:
            pass
        found = sampler.sample()
        assert found.process_cpu_percent > 5
        assert 0 < found.cpu_percent <= 100
        assert 0 < found.process_memory < found.memory_total
        assert 0 < found.memory_used <= found.memory_total
        assert found.devices == ()

    def test_samples_in_quick_succession_keep_their_percentages(self) -> None:
        sampler = Sampler(nvml=FakeNvml())
        first = sampler.sample()
        second = sampler.sample()
        assert (second.cpu_percent, second.process_cpu_percent) == (first.cpu_percent, first.process_cpu_percent)

    def test_children_count_and_may_vanish(self) -> None:
        sampler = Sampler(nvml=FakeNvml(processes=[]))
        alone = sampler.sample().process_memory
        child = subprocess.Popen(
            [sys.executable, "-c", "import time; data = b'x' * 60_000_000; print(flush=True); time.sleep(60)"],
            stdout=subprocess.PIPE,
        )
        try:
            assert child.stdout is not None
            child.stdout.readline()
            assert sampler.sample().process_memory > alone + 50_000_000
        finally:
            child.kill()
            child.communicate()
        assert sampler.sample().process_memory < alone + 50_000_000

    def test_a_childs_device_memory_is_the_runs(self) -> None:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        try:
            found = Sampler(nvml=FakeNvml(processes=[(child.pid, GIB), (os.getpid(), GIB)])).sample()
        finally:
            child.kill()
            child.wait()
        assert found.devices[0].process_memory == 2 * GIB

    def test_a_process_that_is_gone_reads_as_nothing(self) -> None:
        child = subprocess.Popen([sys.executable, "-c", ""])
        child.wait()
        found = Sampler(pid=child.pid, nvml=FakeNvml()).sample()
        assert (found.process_memory, found.process_cpu_percent) == (0, 0.0)
        assert found.memory_total > 0


class TestMemory:
    def group(self, root: Path, place: str, **files: str) -> None:
        folder = root / place
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name.replace("__", ".")).write_text(text + "\n")

    def belongs(self, tmp_path: Path, text: str) -> Path:
        (tmp_path / "membership").write_text(text)
        return tmp_path / "membership"

    def test_v2_takes_the_tightest_limit_above_the_process(self, tmp_path: Path) -> None:
        self.group(tmp_path / "cg", "a/b", memory__max="max", memory__current=str(4 << 20))
        self.group(
            tmp_path / "cg", "a", memory__max=str(64 << 20), memory__current=str(20 << 20),
            memory__stat=f"anon 1\ninactive_file {5 << 20}",
        )  # fmt: skip
        assert memory(tmp_path / "cg", self.belongs(tmp_path, "0::/a/b\n")) == (15 << 20, 64 << 20)

    def test_v1_with_the_hosts_path_inside_a_container(self, tmp_path: Path) -> None:
        self.group(
            tmp_path / "cg", "memory",
            memory__limit_in_bytes=str(32 << 20), memory__usage_in_bytes=str(8 << 20),
        )  # fmt: skip
        membership = self.belongs(tmp_path, "5:cpu,cpuacct:/x\n4:memory:/docker/abc\n")
        assert memory(tmp_path / "cg", membership) == (8 << 20, 32 << 20)

    @pytest.mark.parametrize("limit", ["max", str(1 << 62), "", "nonsense"])
    def test_no_limit_is_the_machine(self, tmp_path: Path, limit: str) -> None:
        self.group(tmp_path / "cg", "a", memory__max=limit, memory__current="1000")
        used, total = memory(tmp_path / "cg", self.belongs(tmp_path, "0::/a\n"))
        assert total == psutil.virtual_memory().total
        assert 0 < used < total

    def test_without_proc_as_on_macos(self, tmp_path: Path) -> None:
        assert memory(tmp_path / "none", tmp_path / "none")[1] == psutil.virtual_memory().total


def test_machine() -> None:
    found = machine(FakeNvml())
    assert found.cpu_name
    assert 1 <= found.physical_cores <= found.logical_cores
    assert 0 < found.memory_available <= found.memory_total
    assert [gpu.name for gpu in found.gpus] == ["Fake gpu0", "Fake gpu1"]
    assert [gpu.process_memory for gpu in found.gpus] == [None, None]
    assert found.driver == "580.65.06"
    assert machine(FakeNvml(broken=("nvmlInit",))).driver is None


def test_peak_memory_remembers() -> None:
    data = bytearray(os.urandom(1)) * 50_000_000
    with_data = peak_memory()
    del data
    assert psutil.Process().memory_info().rss < with_data - 40_000_000, "freed, so that the next line says something"
    assert abs(peak_memory() - with_data) < 4 << 20  # the kernel's counters are that loose


def test_peak_memory_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    here = peak_memory()

    def missing(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    assert abs(peak_memory() - here) < 64 << 20
