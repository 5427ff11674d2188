"""Lower-grade glioma segmentation: the entry of the module, kept light because Slicer loads it at start-up.

Everything of weight is in ``LGGSegmentationLib`` and loads when the panel is first opened.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import ScriptedLoadableModule, ScriptedLoadableModuleWidget

from LGGSegmentationLib.SelfTest import LGGSegmentationTest

__all__ = ["LGGSegmentation", "LGGSegmentationTest", "LGGSegmentationWidget"]


class LGGSegmentation(ScriptedLoadableModule):
    """What Slicer shows of the module before it is opened."""

    def __init__(self, parent: Any) -> None:
        """Describe the module."""
        super().__init__(parent)
        parent.title = _("Lower-Grade Glioma Segmentation")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        parent.dependencies = ["Segmentations", "SegmentStatistics", "SampleData"]
        # OWNER: names and institutions, before the extension is offered to the Extensions Index.
        parent.contributors = ["SlicerLGGSegmentation contributors"]
        parent.helpText = _(
            "Outlines the FLAIR signal abnormality (tumor and edema) of lower-grade glioma in brain MRI with one "
            "click, and measures its volume and shape. FLAIR alone is enough; T1 before and after contrast help "
            "where they exist. Everything runs on this computer.<p><b>Research use only. Not a medical device; not "
            "for diagnosis or treatment.</b></p>"
        )
        parent.helpText += self.getDefaultModuleDocumentationLink()
        parent.acknowledgementText = _(
            "Data and shape features: M. Buda, A. Saha, M. A. Mazurowski, Association of genomic subtypes of "
            "lower-grade gliomas with shape features automatically extracted by a deep learning algorithm, Computers "
            "in Biology and Medicine 109 (2019), arXiv:1906.03720; images from The Cancer Imaging Archive, TCGA-LGG. "
            "Please cite this paper and 3D Slicer (A. Fedorov et al., Magnetic Resonance Imaging 30 (2012) 1323)."
        )
        slicer.app.startupCompleted.connect(registerEverywhere)


def registerEverywhere() -> None:
    """Add the synthetic study to Sample Data and our features to Segment Statistics."""
    # Either may fail without the other, and neither may keep Slicer from starting.
    for name, register in (("Sample Data", registerSampleData), ("Segment Statistics", registerStatistics)):
        try:
            register()
        except Exception:
            logging.warning("LGGSegmentation is not registered in %s", name, exc_info=True)


def registerSampleData() -> None:
    """Add the synthetic study to Sample Data."""
    from LGGSegmentationLib import SampleDataRegistration  # noqa: PLC0415

    SampleDataRegistration.register(str(Path(__file__).parent / "Resources" / "Icons" / "LGGSyntheticStudy.png"))


def registerStatistics() -> None:
    """Add our features to Segment Statistics."""
    from LGGSegmentationLib import ShapeStatisticsPlugin  # noqa: PLC0415

    ShapeStatisticsPlugin.register()


class LGGSegmentationWidget(ScriptedLoadableModuleWidget):
    """The life of the panel; what it does is in ``LGGSegmentationLib.Panel``."""

    def __init__(self, parent: Any = None) -> None:
        """Prepare; the panel itself comes in ``setup``."""
        self.panel: Any = None
        super().__init__(parent)

    def setup(self) -> None:
        """Build the panel."""
        super().setup()
        from LGGSegmentationLib.Panel import Panel  # noqa: PLC0415

        self.panel = Panel(self.layout, self.resourcePath("UI/LGGSegmentation.ui"))
        self.ui, self.logic = self.panel.ui, self.panel.logic
        if self.parent.isEntered:
            # Made anew while it is shown (Reload in developer mode): Slicer does not enter it again.
            self.enter()

    def enter(self) -> None:
        """Be shown."""
        self.panel.enter()

    def exit(self) -> None:
        """Be left."""
        self.panel.exit()

    def cleanup(self) -> None:
        """Be unloaded."""
        if self.panel is not None:
            self.panel.close()
            self.panel = None

    def onReload(self) -> None:
        """Reload the library too, not only this file (developer mode)."""
        import sys  # noqa: PLC0415

        for name in [n for n in sys.modules if n.split(".")[0] in ("LGGSegmentationLib", "lggseg")]:
            del sys.modules[name]
        super().onReload()
        # Slicer keeps what was registered at start-up: without this, classes of the old code.
        sys.modules[self.moduleName].registerEverywhere()


def __getattr__(name: str) -> Any:
    """Give scripts ``LGGSegmentationLogic`` from here, loaded when it is first asked for."""
    if name == "LGGSegmentationLogic":
        from LGGSegmentationLib.Logic import LGGSegmentationLogic  # noqa: PLC0415

        return LGGSegmentationLogic
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
