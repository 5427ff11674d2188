"""Two studies of a patient side by side: aligned, in linked views, with what grew, stayed and shrank."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from lggseg.growth.words import alignment_text
from LGGSegmentationLib.Aligner import Ended
from LGGSegmentationLib.Application import Display
from LGGSegmentationLib.Process.SegmentationJob import Outcome
from LGGSegmentationLib.Scene import Alignments, Comparison, LinkedViews, Places, Views
from LGGSegmentationLib.Scene.Growth import Study
from LGGSegmentationLib.Sections.Section import Panel, Section, setReason

_TICK_MS = 500


class ComparisonSection(Section):
    """Aligns the studies, and shows two of them in views that move together."""

    def __init__(self, panel: Panel) -> None:
        """Connect the widgets."""
        super().__init__(panel)
        self._studies: list[Study] = []
        self._listed: list[tuple[str, str]] = []
        self._shown: tuple[Comparison.Pair, Any] | None = None
        self._layout: int | None = None
        self._failed = ""
        self._timer = qt.QTimer()
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.update)
        for text, kind in (
            (_("Later study, with grown, stable and shrunk"), Comparison.LATER),
            (_("Checkerboard of both, to judge the alignment"), Comparison.CHECKERBOARD),
        ):
            self._ui.comparisonKindBox.addItem(text, kind)
        self._ui.comparisonKindBox.currentIndexChanged.connect(self._kindChosen)
        for box in (self._ui.earlierBox, self._ui.laterBox):
            box.currentIndexChanged.connect(self._studyChosen)
        self._ui.growthSection.contentsCollapsed.connect(self._folded)
        self._ui.compareButton.clicked.connect(self.compare)
        self._ui.cancelAlignmentButton.clicked.connect(self._panel.logic.aligner.cancel)
        self._ui.endComparisonButton.clicked.connect(self.end)
        manager = slicer.app.layoutManager()
        if manager is not None:
            manager.layoutChanged.connect(self._layoutChanged)

    def update(self) -> None:
        """List the studies, and say how well they are aligned, or why they cannot be compared."""
        if self._ui.growthSection.collapsed or not self._panel.isOpen:
            return
        table = self._panel.parameters.timePointTable
        self._studies = self._panel.logic.growth.studies(table) if table is not None else []
        self._list([study for study in self._studies if study.result is not None])
        running = self._panel.logic.aligner.running
        reason = _("The studies are being aligned.") if running else self._reason()
        tip = _(
            "Aligns the studies with the first one where that was not done yet, and shows two of them side by side."
        )
        setReason(self._ui.compareButton, reason, tip)
        setReason(
            self._ui.cancelAlignmentButton,
            "" if running else _("Nothing is being aligned."),
            _("Stops; alignments that were found stay."),
        )
        back = "" if self._shown is not None else _("No studies are shown side by side.")
        setReason(self._ui.endComparisonButton, back, _("Shows what the views showed before."))
        self._ui.alignmentLabel.text = self._progress() if running else "\n".join(self._said())
        self._ui.alignmentLabel.visible = bool(self._ui.alignmentLabel.text)

    def compare(self) -> None:
        """Show two studies side by side; align all studies first that are not."""
        first, *later = self._studies
        missing = [study.result for study in later if study.result is not None and study.alignment is None]
        self._failed = ""
        if first.result is None or not missing:
            self._show()
            return
        with slicer.util.tryWithErrorDisplay(_("The studies could not be aligned.")):
            self._panel.logic.aligner.start(first.result, missing, self._aligned, self._panel.log)
            self._timer.start()
        self._panel.update()

    def end(self) -> None:
        """Show what the views showed before."""
        self._endViews()
        self._panel.update()

    def viewsChange(self) -> None:
        """Something else is about to be shown."""
        if self._shown is not None:
            self.end()

    def runStarts(self) -> None:
        """Something else is about to be shown."""
        self.viewsChange()

    def resultArrived(self, outcome: Outcome) -> None:
        """Something else is shown."""
        self.viewsChange()

    def forget(self) -> None:
        """Begin with another parameter node; a scene may have been saved with two studies side by side."""
        self._failed = ""
        self._ui.comparisonKindBox.setCurrentIndex(0)
        self._endViews()

    def sceneCloses(self) -> None:
        """Let go of the scene."""
        self._timer.stop()
        self._studies = []
        self._endViews()

    def close(self) -> None:
        """Let go of everything."""
        self.sceneCloses()
        manager = slicer.app.layoutManager()
        if manager is not None:
            manager.layoutChanged.disconnect(self._layoutChanged)

    def _reason(self) -> str:
        """Return why no two studies can be compared, empty where they can."""
        undated = [study.row.name for study in self._studies if not study.row.date]
        if len([study for study in self._studies if study.result is not None]) < 2:
            return _("A comparison needs two studies with their outlines.")
        if undated:
            return _("Type the date of “{volume}” into the list first.").format(volume=undated[0])
        if self._studies[0].result is None:
            return _("The outline of the first study is gone: load it again, or remove its row.")
        earlier, later = self._chosen()
        if earlier is None or later is None or earlier.row.date >= later.row.date:
            return _("Choose an earlier and a later study.")
        return ""

    def _chosen(self) -> tuple[Study | None, Study | None]:
        by_id = {study.row.identifier: study for study in self._studies}
        boxes = (self._ui.earlierBox, self._ui.laterBox)
        earlier, later = (by_id.get(str(box.itemData(box.currentIndex))) for box in boxes)
        return earlier, later

    def _list(self, studies: list[Study]) -> None:
        """Fill the boxes, and keep what is chosen there; at first the first and the last study."""
        listed = [(study.row.identifier, f"{study.row.date} {study.row.name}".strip()) for study in studies]
        if listed == self._listed:
            return
        self._listed = listed
        for box, default in ((self._ui.earlierBox, 0), (self._ui.laterBox, len(listed) - 1)):
            before, blocked = str(box.itemData(box.currentIndex)), box.blockSignals(True)
            box.clear()
            for identifier, text in listed:
                box.addItem(text, identifier)
            found = box.findData(before)
            box.setCurrentIndex(found if found >= 0 else default)
            box.blockSignals(blocked)

    def _progress(self) -> str:
        number, total = self._panel.logic.aligner.place
        job = self._panel.logic.aligner.job
        seconds = job.seconds if job is not None else 0.0
        text = _("Aligning study {number} of {total} with the first: {seconds:.0f} s.")
        return text.format(number=number, total=total, seconds=seconds)

    def _said(self) -> list[str]:
        """Return how well the chosen studies are aligned, and what is to be known of what is shown."""
        said = [self._failed] if self._failed else []
        for study in self._chosen():
            if study is None or study is self._studies[0]:
                continue
            text = alignment_text(study.alignment) if study.alignment is not None else _("not aligned yet.")
            said.append(f"{study.row.name}: {text}")
        if self._shown is not None:
            said.append(self._saidOfViews(*self._shown))
        return [text for text in said if text]

    def _saidOfViews(self, pair: Comparison.Pair, change: Any) -> str:
        if self._kind == Comparison.CHECKERBOARD:
            return _("Left the earlier study, right both in turn, square by square: edges that run on are aligned.")
        if not pair.comparable:
            return _("The outlines were made in different ways: no map of the change is drawn.")
        if change is not None and Comparison.isOutdated(change, self._panel.logic.outlines):
            return _("The outlines have changed since: press the button again.")
        return _("Left the earlier study, right the later one in its space: red has grown, yellow is stable, blue has "
                 "shrunk. Pictures show resampled volumes; nothing is measured on them.")  # fmt: skip

    @property
    def _kind(self) -> str:
        """What the right view is to show."""
        box = self._ui.comparisonKindBox
        return str(box.itemData(box.currentIndex))

    def _aligned(self, ended: Ended) -> None:
        """Take over what was aligned."""
        self._timer.stop()
        self._failed = ended.message
        self._panel.say(_("Cancelled.") if ended.cancelled else ended.message or _("The studies are aligned."))
        self._panel.logic.followOutlines()
        self._panel.update()
        if not ended.cancelled and self._pair() is not None:
            self._show()

    def _pair(self) -> Comparison.Pair | None:
        """Return the chosen studies, None where they are not aligned."""
        (earlier, later), first = self._chosen(), self._studies[0].result if self._studies else None
        if first is None or earlier is None or later is None or earlier.result is None or later.result is None:
            return None
        transform = Alignments.between(first.flair, earlier.result.flair, later.result.flair)
        return Comparison.Pair(earlier.result, later.result, transform) if transform is not None else None

    def _show(self) -> None:
        with slicer.util.tryWithErrorDisplay(_("The studies could not be shown."), waitCursor=True):
            pair = self._pair()
            if pair is None:
                raise RuntimeError(_("These studies are not aligned: see the log."))
            change = Comparison.changeMap(pair, self._panel.logic.outlines) if pair.comparable else None
            volume = Comparison.volume(pair, self._kind)
            self._shown = (pair, change)
            self._layout = Display.layout() if self._layout is None else self._layout
            nodes = Display.showSideBySide()
            if nodes is not None:
                views = LinkedViews.LinkedViews(*nodes)
                views.show(pair.earlier.flair, volume)
                views.only(pair.earlier, change if self._kind == Comparison.LATER else None)
                # The views get their size when the window is laid out.
                qt.QTimer.singleShot(0, lambda: self._fit(views, pair))
            self._panel.update()

    def _fit(self, views: LinkedViews.LinkedViews, pair: Comparison.Pair) -> None:
        if self._shown is None or self._shown[0] is not pair:
            return
        Display.fitSlices(views.left)
        place = Places.largestSlice(pair.earlier)
        if place is not None:
            Views.jumpTo(slicer.mrmlScene, place)
        views.alike()

    def _endViews(self) -> None:
        """Let the views show what they showed before; in a scene that was saved in between, what they showed then."""
        self._shown = None
        LinkedViews.end(slicer.mrmlScene)
        Comparison.removeVolumes(slicer.mrmlScene)
        layout, self._layout = self._layout, None
        if layout is not None:
            Display.setLayout(layout)

    def _kindChosen(self, _index: Any = None) -> None:
        if self._shown is not None and self._panel.isOpen:
            self._show()

    def _studyChosen(self, _index: Any = None) -> None:
        if self._shown is not None and self._panel.isOpen and not self._reason():
            self._show()
        else:
            self.update()

    def _layoutChanged(self, layout: int) -> None:
        """Somebody chose another layout: the views are for other things again."""
        if self._shown is not None and layout != Display.SideBySide:
            self._layout = None
            self.end()

    def _folded(self, collapsed: bool) -> None:
        if not collapsed:
            self.update()
