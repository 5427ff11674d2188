"""Makes the pictures of the Slicer module for README and Extensions Index, by clicking through the hosted module.

    python Testing/make_slicer_screenshots.py [FOLDER]

The data are synthetic. The window's frame is the host's; the panel's widgets are Qt's, the views are drawn by Slicer's
own displayable managers. Look at each picture before it is committed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "Testing"), str(ROOT / "LGGSegmentation")]

from slicer_case import click, hosted_module, run_to_end, settle, wait_until  # noqa: E402

FOLDED = ("inputsSection", "resultSection", "measurementSection")


def main(folder: Path) -> None:
    """Click through the module and save a picture at each station."""
    folder.mkdir(parents=True, exist_ok=True)
    module = hosted_module()
    window = module.window
    panel = window.selectModule(module).self().panel

    def picture(name: str) -> None:
        settle(0.3)
        window.refresh()
        settle(0.1)
        window.refresh()
        settle(0.1)
        window.grab().save(str(folder / f"slicer-{name}.png"))

    picture("start")
    click(panel.ui.sampleDataButton)
    settle()
    click(panel.ui.segmentButton)
    wait_until(lambda: panel.ui.progressBar.value > 45)
    picture("running")
    wait_until(lambda: not panel.run.running)
    panel.ui.show3DCheckBox.setChecked(True)
    picture("result")
    click(panel.ui.diametersButton)
    click(panel.ui.showTableButton)
    picture("measurements")
    second_time_point(panel)
    picture("time-points")
    show_rest(panel)
    window.resize(window.width, 1250)
    picture("sections")


def second_time_point(panel: Any) -> None:
    """Segment the later study, type the dates, plot."""
    import SampleData
    import slicer

    slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    panel.parameters.flairVolume = SampleData.downloadSample("LGGSyntheticStudyLater")[0]
    settle()
    run_to_end(panel)
    for name in FOLDED:
        getattr(panel.ui, name).collapsed = True
    panel.ui.timePointSection.collapsed = False
    for row, date in enumerate(("2024-01-10", "2024-09-01")):
        panel.ui.timePointWidget.item(row, 1).setText(date)
        settle()
    click(panel.ui.plotButton)


def show_rest(panel: Any) -> None:
    """Open the sections that are folded at first."""
    for name in ("editorSection", "exportSection", "modelSection"):
        getattr(panel.ui, name).collapsed = False


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "Resources" / "Screenshots")
