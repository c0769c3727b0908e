"""What the machine does: memory by owner, utilisation, power and temperature of each GPU, and the host's."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.events import Resize

from engine.runs.events import DeviceReading
from engine.runs.events import Resources as Reading
from tui import format as fmt
from tui.feed import RunSnapshot
from tui.text import clean, fit
from tui.tracks import Points, owned
from tui.widgets.pane import Pane

RUN, OTHERS, FREE, FORECAST = "█", "▒", "·", "┃"
"""Memory of this run, of everybody else, of nobody, and the peak that was forecast: told apart without colour."""
HISTORY_SECONDS = 600.0
"""How far back the lines of the past reach."""
_LEVELS = " ▁▂▃▄▅▆▇█"


class Resources(Pane):
    """The latest reading, drawn to the pane's size: with little room, fewer lines a device; what is more scrolls."""

    def __init__(self, id: str = "resources") -> None:
        super().__init__("memory", id)
        self._snapshot: RunSnapshot | None = None

    def show_snapshot(self, snapshot: RunSnapshot) -> None:
        """Take the snapshot's readings."""
        before, self._snapshot = self._snapshot, snapshot
        if before is None or any(
            getattr(before, name) != getattr(snapshot, name)
            for name in ("readings", "peak_memory", "forecast", "status")
        ):
            self._draw()

    def on_resize(self, event: Resize) -> None:
        """Draw it to the new size."""
        self._draw()

    def _draw(self) -> None:
        snapshot = self._snapshot
        if snapshot is None or not self.is_mounted:
            return
        over = snapshot.status.over
        self.border_title = "memory, last reading" if over else "memory"
        if snapshot.resources is None:
            self.show(Content.styled("No reading" if over else "Waiting for a reading", "$label"))
            return
        width, height = self.content_size
        found = lines(snapshot, width, height)
        if len(found) > height:  # the scroll bar takes a column
            found = lines(snapshot, width - self.scrollbar_size_vertical, height)
        self.show(found)


def lines(snapshot: RunSnapshot, width: int, height: int) -> list[Content]:
    """What the pane shows in ``width`` by ``height`` cells.

    One block a device, then the host: as many lines a device as there is room for, one of them at the least."""
    reading, past = snapshot.resources, snapshot.readings
    if reading is None:
        return []
    devices = reading.devices
    forecast = snapshot.forecast
    host = host_lines(reading, past, width, brief=bool(devices), forecast=None if devices else forecast)
    tail: list[Content] = []
    if snapshot.peak_memory:
        tail.append(Content.assemble(("peak ", "$label"), fmt.size(snapshot.peak_memory)))
    if forecast:
        tail.append(Content.assemble((f"{FORECAST} ", "$accent"), ("forecast peak ", "$label"), fmt.size(forecast)))
    found: list[Content] = []
    for density in (full_lines, two_lines, one_line) if len(devices) <= 2 else (two_lines, one_line):
        found = []
        for device in devices:
            mark = forecast if owned(device) or len(devices) == 1 else None  # a GPU that the run does not use
            found += density(device, _device_past(past, device.index), width, mark)
        found += [*host, *tail]
        if len(found) <= height:
            break
    return [*found, legend()] if len(found) < height else found


def legend() -> Content:
    """What the glyphs of a bar stand for."""
    return Content.assemble((RUN, "$memory-run"), " run  ", (OTHERS, "$memory-others"), " others  ", FREE, " free")


def memory_bar(run: float, used: float, total: float, width: int, forecast: float | None = None) -> Content:
    """A bar of ``width`` cells: this run's memory, everybody else's, free, and a mark at the forecast. Bytes."""
    if total <= 0 or width <= 0:
        return Content("")
    ours = min(max(run / total, 0.0), 1.0)
    everybody = min(max(used / total, ours), 1.0)
    first, second = round(ours * width), round(everybody * width)
    if run > 0 and first == 0:
        first, second = 1, max(second, 1)
    cells = [(RUN, "$memory-run")] * first + [(OTHERS, "$memory-others")] * (second - first)
    cells += [(FREE, "$label")] * (width - second)
    if forecast:  # one that is beyond the end is marked at the end
        cells[min(int(forecast / total * width), width - 1)] = (FORECAST, "$accent")
    return Content.assemble(*cells)


def past_line(values: Points, total: float, width: int) -> str:
    """``(time, value)`` of the last minutes as ``width`` bars of 0 to ``total``; blank where nothing was read."""
    if not values or total <= 0 or width <= 0:
        return ""
    until = values[-1][0]
    since = max(until - HISTORY_SECONDS, values[0][0])
    cells: list[list[float]] = [[] for _ in range(width)]
    for time, value in values:
        if time >= since:
            cells[min(int((time - since) / max(until - since, 1e-9) * width), width - 1)].append(value)
    top = len(_LEVELS) - 1
    return "".join(
        _LEVELS[min(max(round(max(cell) / total * top), 1), top)] if cell else " " for cell in cells
    )  # fmt: skip


def full_lines(device: DeviceReading, past: Points, width: int, forecast: int | None) -> list[Content]:
    """Six lines for one GPU."""
    ours = owned(device) or 0
    return [
        Content.assemble((f"GPU {device.index} ", "bold"), (fit(device.name, max(width - 6, 0)), "$label")),
        memory_bar(ours, device.memory_used, device.memory_total, width, forecast),
        *_past(past, device.memory_total, width),
        *_amounts(ours, device.memory_used, device.memory_total),
        Content(fit("  ".join(_vitals(device)), width)),
    ]


def two_lines(device: DeviceReading, past: Points, width: int, forecast: int | None) -> list[Content]:
    """A bar with the total, and the rest."""
    used, total, unit = fmt.sizes(device.memory_used, device.memory_total)
    figures = f" {used}/{total} {unit}"
    ours = owned(device) or 0
    bar = memory_bar(ours, device.memory_used, device.memory_total, width - len(figures) - 2, forecast)
    run = fmt.sizes(ours, device.memory_total)[0]
    rest = " ".join([f"run {run}", *(vital.replace(" ", "") for vital in _vitals(device))])
    return [Content.assemble((f"{device.index} ", "bold"), bar, figures), Content(fit("  " + rest, width))]


def one_line(device: DeviceReading, past: Points, width: int, forecast: int | None) -> list[Content]:
    """A bar, and how busy it is."""
    used, total, _ = fmt.sizes(device.memory_used, device.memory_total)
    busy = f" {device.utilization:>3.0f}%" if device.utilization is not None else ""
    figures = f" {used}/{total}{busy}"
    room = width - len(figures) - 2
    bar = memory_bar(owned(device) or 0, device.memory_used, device.memory_total, room, forecast)
    return [Content.assemble((f"{device.index} ", "bold"), bar, figures)]


def host_lines(
    reading: Reading, past: Sequence[Reading], width: int, brief: bool, forecast: int | None
) -> list[Content]:
    """Host memory and CPU; ``brief`` where GPUs are what matters."""
    ours = reading.process_memory
    cpu = Content.assemble(
        ("CPU ", "bold"), f"{reading.cpu_percent:.0f}%",
        ("  run ", "$label"), f"{reading.process_cpu_percent:.0f}% of a core",
    )  # fmt: skip
    if brief:
        used, total, unit = fmt.sizes(reading.memory_used, reading.memory_total)
        figures = f" {used} of {total} {unit}"
        room = width - len(figures) - 4
        bar = memory_bar(ours, reading.memory_used, reading.memory_total, min(room, 12)) if room >= 4 else Content("")
        return [Content.assemble(("RAM ", "bold"), bar, figures if len(bar) else figures[1:]), cpu]
    return [
        Content.styled("RAM", "bold"),
        memory_bar(ours, reading.memory_used, reading.memory_total, width, forecast),
        *_past([(r.time, r.memory_used) for r in past], reading.memory_total, width),
        *_amounts(ours, reading.memory_used, reading.memory_total),
        cpu,
        Content.assemble(*zip(fmt.bar(reading.cpu_percent / 100, width), ("$memory-run", "$label"), strict=True)),
        *_past([(r.time, r.cpu_percent) for r in past], 100.0, width),
    ]


def _past(values: Points, total: float, width: int) -> list[Content]:
    """The line of the past, once there is one, with how far back it reaches."""
    if len(values) < 2:
        return []
    reach = f" {fmt.duration(min(values[-1][0] - values[0][0], HISTORY_SECONDS))}"
    return [Content.assemble((past_line(values, total, width - len(reach)), "$memory-run"), (reach, "$label"))]


def _device_past(past: Sequence[Reading], index: int) -> Points:
    return [(r.time, float(d.memory_used)) for r in past for d in r.devices if d.index == index]


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
