"""What the machine does: memory by owner, utilisation, power and temperature of each GPU, else the CPU's."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from engine.runs.events import DeviceReading
from engine.runs.events import Resources as Reading
from tui import format as fmt
from tui.feed import RunSnapshot
from tui.text import clean, fit

RUN, OTHERS, FREE = "█", "▒", "·"
"""Memory of this run, of everybody else, of nobody: told apart without colour."""
LEGEND = Content.assemble((RUN, "$memory-run"), " this run  ", (OTHERS, "$memory-others"), " others  ", FREE, " free")


class Resources(Widget):
    """The latest reading, drawn to the widget's size: with little room, fewer lines a device."""

    reading: reactive[Reading | None] = reactive(None)
    peak: reactive[int | None] = reactive(None)

    def __init__(self, id: str = "resources") -> None:
        super().__init__(id=id, classes="pane")
        self.border_title = "memory"
        self._over = False

    def show(self, snapshot: RunSnapshot) -> None:
        """Take the snapshot's reading."""
        self._over = snapshot.status.over
        self.border_title = "memory, last reading" if self._over else "memory"
        self.reading, self.peak = snapshot.resources, snapshot.peak_memory

    def render(self) -> Content:
        """One block a device, then the host; as many lines a device as there is room for."""
        reading, (width, height) = self.reading, self.content_size
        if reading is None:
            return Content.styled("No reading" if self._over else "Waiting for a reading", "$label")
        host = host_lines(reading, width, brief=bool(reading.devices))
        if self.peak:
            host.append(Content.assemble(("peak ", "$label"), fmt.size(self.peak)))
        lines: list[Content] = []
        for density in (full_lines, two_lines, one_line):
            lines = [line for device in reading.devices for line in density(device, width)] + host
            if len(lines) <= height:
                break
        return Content("\n").join([*lines, LEGEND] if len(lines) < height else lines)


def memory_bar(run: float, used: float, total: float, width: int) -> Content:
    """A bar of ``width`` cells: this run's memory, everybody else's, free. Bytes."""
    if total <= 0 or width <= 0:
        return Content("")
    ours = min(max(run / total, 0.0), 1.0)
    everybody = min(max(used / total, ours), 1.0)
    first, second = round(ours * width), round(everybody * width)
    if run > 0 and first == 0:
        first, second = 1, max(second, 1)
    return Content.assemble(
        (RUN * first, "$memory-run"), (OTHERS * (second - first), "$memory-others"), (FREE * (width - second), "$label")
    )


def owned(device: DeviceReading) -> int:
    """Bytes of the device's memory that this run holds, by the best figure there is."""
    figures = (device.process_memory, device.reserved, device.allocated)
    return next((value for value in figures if value is not None), 0)


def full_lines(device: DeviceReading, width: int) -> list[Content]:
    """Five lines for one GPU."""
    return [
        Content.assemble((f"GPU {device.index} ", "bold"), (fit(device.name, max(width - 6, 0)), "$label")),
        memory_bar(owned(device), device.memory_used, device.memory_total, width),
        *_amounts(owned(device), device.memory_used, device.memory_total),
        Content(fit("  ".join(_vitals(device)), width)),
    ]


def two_lines(device: DeviceReading, width: int) -> list[Content]:
    """A bar with the total, and the rest."""
    used, total, unit = fmt.sizes(device.memory_used, device.memory_total)
    figures = f" {used}/{total} {unit}"
    bar = memory_bar(owned(device), device.memory_used, device.memory_total, width - len(figures) - 2)
    run = fmt.sizes(owned(device), device.memory_total)[0]
    rest = " ".join([f"run {run}", *(vital.replace(" ", "") for vital in _vitals(device))])
    return [Content.assemble((f"{device.index} ", "bold"), bar, figures), Content(fit("  " + rest, width))]


def one_line(device: DeviceReading, width: int) -> list[Content]:
    """A bar, and how busy it is."""
    used, total, _ = fmt.sizes(device.memory_used, device.memory_total)
    busy = f" {device.utilization:>3.0f}%" if device.utilization is not None else ""
    figures = f" {used}/{total}{busy}"
    bar = memory_bar(owned(device), device.memory_used, device.memory_total, width - len(figures) - 2)
    return [Content.assemble((f"{device.index} ", "bold"), bar, figures)]


def host_lines(reading: Reading, width: int, brief: bool) -> list[Content]:
    """Host memory and CPU; ``brief`` where GPUs are what matters."""
    ours = reading.process_memory
    cpu = Content.assemble(
        ("CPU ", "bold"), f"{reading.cpu_percent:.0f}%",
        ("  run ", "$label"), f"{reading.process_cpu_percent:.0f}% of a core",
    )  # fmt: skip
    if brief:
        used, total, unit = fmt.sizes(reading.memory_used, reading.memory_total)
        return [Content.assemble(("RAM ", "bold"), f"{used} of {total} {unit}"), cpu]
    return [
        Content.styled("RAM", "bold"),
        memory_bar(ours, reading.memory_used, reading.memory_total, width),
        *_amounts(ours, reading.memory_used, reading.memory_total),
        cpu,
        Content.assemble(*zip(fmt.bar(reading.cpu_percent / 100, width), ("$memory-run", "$label"), strict=True)),
    ]


def _amounts(ours: int, used: int, total: int) -> list[Content]:
    run, others, all_used, all_, unit = fmt.sizes(ours, max(used - ours, 0), used, total)
    return [
        Content(f"{all_used} of {all_} {unit}"),
        Content.assemble(("run ", "$label"), run, ("  others ", "$label"), f"{others} {unit}"),
    ]


def _vitals(device: DeviceReading) -> list[str]:
    figures = (
        f"{device.utilization:.0f}%" if device.utilization is not None else "",
        f"{device.power:.0f} W" if device.power is not None else "",
        f"{device.temperature:.0f} °C" if device.temperature is not None else "",
    )
    return [clean(figure) for figure in figures if figure]
