"""How long the page takes, against the command: ``make app-times``, on an idle computer.

* From the click to the outline, in a session that has loaded no model yet, against ``lggseg segment`` on the same file.
* The same for a second study, whose model is warm, against the network's own time in its record.
* Turns of the wheel over the axial view, each after the slice of the one before was seen.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browser import browser
from visitor import Visitor, served

from lggseg.phantom.study import write_phantom

TURNS = 30

# Pictures of the views come as blobs; a slice was seen when its picture came.
_COUNT_PICTURES = """
window.pictures = 0;
const make = URL.createObjectURL;
URL.createObjectURL = (blob) => { window.pictures += 1; return make.call(URL, blob); };
"""

_MOVED = """([thumb, place, before]) => window.pictures > before && thumb.getAttribute("aria-valuenow") !== place"""


def main() -> None:
    """Measure, and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slices", type=int, default=80, help="slices of the synthetic study (default: 80)")
    parser.add_argument("--size", type=int, default=256, help="rows and columns (default: 256)")
    parser.add_argument("--repeat", type=int, default=3, help="sessions, of which the median is told (default: 3)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, browser() as chromium:
        folder = Path(name)
        made = {
            "slices": options.slices,
            "size": options.size,
            "spacing_mm": (218 / options.size, 218 / options.size, 130 / options.slices),
        }
        studies = [write_phantom(folder / str(seed), seed=seed, **made)["flair"] for seed in range(2)]
        command = statistics.median(_command(studies[0], folder / f"out{n}") for n in range(options.repeat))
        found = [_session(chromium, studies, folder) for _ in range(options.repeat)]
    click, warm, network, turns = (statistics.median(times) for times in zip(*found, strict=True))
    _print(f"click to outline: {click:.1f} s; the command: {command:.1f} s; difference {click - command:+.1f} s")
    _print(f"warm second study: {warm:.1f} s; its network: {network:.1f} s; difference {warm - network:+.1f} s")
    _print(f"{TURNS} turns of the wheel, each seen: {turns:.1f} s")


def _command(flair: Path, output: Path) -> float:
    arguments = ["segment", str(flair), "-o", str(output), "--progress", "none"]
    with _timed() as seconds:
        subprocess.run([sys.executable, "-m", "lggseg", *arguments], check=True, capture_output=True)
    return seconds()


def _session(chromium: Any, studies: list[Path], folder: Path) -> tuple[float, float, float, float]:
    """Return the seconds from click to outline, those of the second study, its network's, and those of the wheel."""
    with served() as (address, _):
        visitor = Visitor(chromium, address, script=_COUNT_PICTURES)
        times = []
        for study in studies:
            visitor.choose(study)
            with _timed() as seconds:
                visitor.segment()
            times.append(seconds())
        record = json.loads(visitor.download("report.json", folder).read_text(encoding="utf-8"))
        turns = _turn_wheel(visitor)
        visitor.close()
    return times[0], times[1], float(record["seconds"]["segmenting"]), turns


def _turn_wheel(visitor: Visitor) -> float:
    page = visitor.page
    slider = page.get_by_label("Axial slice")
    box = page.locator("#views").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.5)
    slider.press("Home")
    page.wait_for_timeout(2000)
    first = slider.get_attribute("aria-valuenow")
    page.mouse.wheel(0, -120)
    page.wait_for_timeout(2000)
    way = 120 if slider.get_attribute("aria-valuenow") == first else -120  # away from the end
    thumb, place = slider.element_handle(), slider.get_attribute("aria-valuenow")
    places = {place}
    with _timed() as seconds:
        for _ in range(TURNS):
            before = page.evaluate("window.pictures")
            page.mouse.wheel(0, way)
            page.wait_for_function(_MOVED, arg=[thumb, place, before], polling=5)
            place = slider.get_attribute("aria-valuenow")
            places.add(place)
    if len(places) <= TURNS:
        msg = f"expected {TURNS} slices, got {len(places)}: choose more --slices"
        raise SystemExit(msg)
    return seconds()


@contextmanager
def _timed() -> Iterator[Callable[[], float]]:
    started, ended = time.perf_counter(), []
    yield lambda: ended[0] - started
    ended.append(time.perf_counter())


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
