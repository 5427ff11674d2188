"""Which feature is tested against which column, and what was published about it.

Published: M. Buda, A. Saha, M. A. Mazurowski, arXiv:1906.03720. The paper gives p values as bounds
only; quartiles are read off the vector graphics of its Figure 3, so they are good to about 0.002.
Its features were measured on masks drawn by its network, not on manual ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lggseg.errors import InputError
from lggseg.shape.registry import FEATURES

Quartiles = tuple[float, float, float]

PAPER_FAMILY = 10
"""Number of hypotheses of the paper; its Bonferroni level is 0.05 / 10 = 0.005."""


@dataclass(frozen=True)
class Hypothesis:
    """One feature against one column of the clinical table.

    Attributes:
        feature: Column of the feature file.
        column: Column of the clinical table.
        title: Name of the pair for people.
        prefix: What stands before a group number: ``R`` makes cluster 1 ``R1``.
        bound: Published upper bound of the p value, None where the paper gives none.
        published: Group to the published first quartile, median and third quartile.
        published_auc: Group to the published area under the curve, group against the rest.
        missing: What to tell a reader when the table lacks the column.
    """

    feature: str
    column: str
    title: str
    prefix: str = ""
    bound: float | None = None
    published: dict[str, Quartiles] = field(default_factory=dict)
    published_auc: dict[str, float] = field(default_factory=dict)
    missing: str = ""

    @property
    def inverse(self) -> bool:
        """True where the area under the curve is that of 1 / feature, as the paper has it for BEVR."""
        return self.feature == "bevr"


def _groups(*values: Quartiles) -> dict[str, Quartiles]:
    return {str(number): value for number, value in enumerate(values, start=1)}


def _aucs(*values: float) -> dict[str, float]:
    return {str(number): value for number, value in enumerate(values, start=1)}


PAPER_HYPOTHESES: tuple[Hypothesis, ...] = (
    Hypothesis(
        "bevr", "RNASeqCluster", "BEVR ~ RNASeq", "R", bound=0.0002,
        published=_groups((.433, .476, .508), (.298, .345, .401), (.395, .454, .500), (.370, .402, .436)),
        published_auc=_aucs(.23, .80, .36, .53),
    ),
    Hypothesis(
        "bevr", "miRNACluster", "BEVR ~ miRNA", "mi", bound=0.02,
        published=_groups((.365, .402, .447), (.355, .440, .489), (.315, .393, .414), (.211, .295, .348)),
    ),
    Hypothesis(
        "bevr", "CNCluster", "BEVR ~ copy number", "C", bound=0.02,
        published=_groups((.380, .440, .487), (.269, .322, .403), (.350, .402, .454)),
    ),
    Hypothesis(
        "bevr", "COCCluster", "BEVR ~ cluster of clusters", "coc", bound=0.02,
        published=_groups((.377, .442, .487), (.285, .345, .408), (.367, .410, .479)),
    ),
    Hypothesis(
        "mf", "RNASeqCluster", "MF ~ RNASeq", "R", bound=0.005,
        published=_groups((.029, .039, .056), (.043, .058, .068), (.039, .040, .053), (.039, .046, .056)),
    ),
    Hypothesis(
        "asd", "IDH1p19q", "ASD ~ IDH / 1p19q",
        missing="no table carries IDH mutation and 1p/19q codeletion; data.csv alone does not, add one with --table",
        published={
            "mut-codel": (.065, .080, .103), "mut-noncodel": (.062, .076, .102), "wt": (.077, .100, .140),
        },
    ),
    Hypothesis(
        "asd", "RNASeqCluster", "ASD ~ RNASeq", "R", bound=0.02,
        published=_groups((.061, .072, .083), (.081, .111, .155), (.065, .088, .116), (.069, .083, .099)),
        published_auc=_aucs(.26, .73, .53, .47),
    ),
    Hypothesis(
        "asd", "MethylationCluster", "ASD ~ methylation", "M",
        published=_groups(
            (.079, .115, .143), (.064, .081, .101), (.067, .081, .110), (.079, .100, .127), (.061, .072, .093)
        ),
    ),
    Hypothesis(
        "asd", "CNCluster", "ASD ~ copy number", "C",
        published=_groups((.062, .076, .099), (.080, .107, .149), (.065, .080, .104)),
    ),
    Hypothesis(
        "asd", "COCCluster", "ASD ~ cluster of clusters", "coc",
        published=_groups((.062, .078, .101), (.079, .103, .149), (.065, .080, .103)),
    ),
)  # fmt: skip
"""The ten hypotheses the paper chose beforehand, in its order."""

_OUTCOMES = (
    ("death01", "death"),
    ("histological_type", "histological type"),
    ("neoplasm_histologic_grade", "histologic grade"),
)

EXTRA_HYPOTHESES: tuple[Hypothesis, ...] = tuple(
    Hypothesis(feature, column, f"{feature.upper()} ~ {title}")
    for column, title in _OUTCOMES
    for feature in ("bevr", "mf", "asd")
)
"""Beside the paper: death, histology and grade. Exploratory, corrected as a family of their own."""


STATUS_HYPOTHESES: tuple[Hypothesis, ...] = tuple(
    Hypothesis(feature, "IDH1p19q", f"{title} ~ IDH / 1p19q")
    for feature, title in (("bevr", "BEVR"), ("mf", "MF"), ("volume_ml", "volume"), ("sphericity", "sphericity"))
)
"""Beside the paper's tenth: other features between the groups by IDH and 1p/19q. Exploratory, a family of its own."""


def parse_hypothesis(text: str) -> Hypothesis:
    """Read a hypothesis of one's own, written ``FEATURE~COLUMN``.

    Raises:
        InputError: If there is no ``~``, a side is empty, or the feature does not exist.
    """
    feature, mark, column = (part.strip() for part in text.partition("~"))
    if not mark or not feature or not column:
        msg = f"--hypothesis: expected FEATURE~COLUMN, got {text!r}; for example bevr~RNASeqCluster"
        raise InputError(msg)
    known = [item.key for item in FEATURES]
    if feature not in known:
        msg = f"--hypothesis: expected a feature before the ~, got {feature!r}; one of {', '.join(known)}"
        raise InputError(msg)
    return Hypothesis(feature, column, f"{feature} ~ {column}")
