"""How far the radiogenomic results hang on what the paper leaves open.

Measures ASD, BEVR and MF of a folder of masks under one changed choice at a time, and prints the
Markdown table of ``docs/radiogenomics.md``; with ``--plot`` also draws the plot of that page::

    python -m tools.shape_sensitivity MASKS --table data.csv --plot docs/images/radiogenomics.svg

``--stack-kaggle`` takes the folder of the public data set and stacks its mask slices first.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from PIL import Image

from lggseg.cohort.features import find_masks
from lggseg.cohort.patients import patient_key
from lggseg.cohort.tables import Table, read_table
from lggseg.files import write_text
from lggseg.pages.plots import Box, box_plot, side_by_side
from lggseg.radiogenomics.analysis import Result, Settings, analyse
from lggseg.radiogenomics.hypotheses import PAPER_HYPOTHESES
from lggseg.shape.paper import DEFAULT_CHOICES, Choices, paper_features
from lggseg.shape.region import Region, region_of
from lggseg.shape.registry import feature
from lggseg.volumes.masks import read_mask

CHOICES: dict[str, tuple[Choices, Settings]] = {
    "defaults": (DEFAULT_CHOICES, Settings()),
    "ellipsoid round voxel corners": (replace(DEFAULT_CHOICES, points="corners"), Settings()),
    "ellipsoid round voxel centres": (replace(DEFAULT_CHOICES, points="centres"), Settings()),
    "one position of the ten angles": (replace(DEFAULT_CHOICES, phases=1), Settings()),
    "SD divided by n - 1": (replace(DEFAULT_CHOICES, spread_ddof=1), Settings()),
    "border half way out": (replace(DEFAULT_CHOICES, border="middles"), Settings()),
    "no filter over the end": (replace(DEFAULT_CHOICES, closed=False), Settings()),
    "border ordered by angle": (replace(DEFAULT_CHOICES, order="angle"), Settings()),
    "slice nearest the centroid": (replace(DEFAULT_CHOICES, slice="middle"), Settings()),
    "all components": (replace(DEFAULT_CHOICES, component="all"), Settings()),
    "components by 26 neighbours": (replace(DEFAULT_CHOICES, connectivity=26), Settings()),
    "quartiles of complete cases": (DEFAULT_CHOICES, Settings(quartile_scope="complete")),
}
PLOTTED = (("bevr", "RNASeqCluster"), ("mf", "RNASeqCluster"), ("asd", "RNASeqCluster"))
# The data set lost its spacing. In plane it is square; the three features do not see the rest.
NOMINAL_SPACING = (0.85, 0.85, 5.0)


def regions(masks: Path, stack_kaggle: bool) -> Iterator[tuple[str, Region]]:
    """Yield every patient with the foreground of the mask."""
    images = kaggle_stacks(masks) if stack_kaggle else ((m.patient, read_mask(m.path)) for m in find_masks(masks))
    for patient, image in images:
        region = region_of(image)
        if region is not None:
            yield patient, region


def kaggle_stacks(data: Path) -> Iterator[tuple[str, sitk.Image]]:
    """Stack the mask slices of each case; their numbers are not zero-padded."""
    for case in sorted(path for path in data.iterdir() if path.is_dir() and path.name.startswith("TCGA")):
        slices = sorted(case.glob("*_mask.tif"), key=lambda path: int(re.findall(r"_(\d+)_mask", path.name)[0]))
        image = sitk.GetImageFromArray(np.stack([np.asarray(Image.open(path)) > 0 for path in slices]).astype(np.uint8))
        image.SetSpacing(NOMINAL_SPACING)
        yield patient_key(case.name), image


@dataclass
class Study:
    """Tests features measured under changing choices; a feature that a change leaves alone is not tested again."""

    regions: dict[str, Region]
    clinical: Table
    done: dict[tuple[object, ...], list[Result]] = field(default_factory=dict)

    def results(self, choices: Choices, settings: Settings) -> dict[tuple[str, str], Result]:
        """Run the paper's hypotheses on features measured under the given choices."""
        values = {patient: asdict(paper_features(region, choices)) for patient, region in self.regions.items()}
        found = []
        for key in ("bevr", "mf", "asd"):
            column = {patient: "" if row[key] is None else repr(row[key]) for patient, row in values.items()}
            known = (key, settings, *column.values())
            if known not in self.done:
                features = Table(Path("features"), (key,), {name: {key: text} for name, text in column.items()})
                members = [one for one in PAPER_HYPOTHESES if one.feature == key]
                self.done[known] = analyse(features, self.clinical, members, settings=settings)
            found += self.done[known]
        return {(one.hypothesis.feature, one.hypothesis.column): one for one in found}


def table_line(name: str, results: dict[tuple[str, str], Result]) -> str:
    """Return one line: distance from the published medians, AUC of RNASeq cluster 2, and every p value."""
    cells = [name]
    for key in ("bevr", "mf", "asd"):
        pairs = [
            (group.quartiles[1] - one.hypothesis.published[group.code][1], len(group.values))
            for one in results.values()
            if one.hypothesis.feature == key
            for group in one.groups
        ]
        distance, weight = np.array(pairs).T
        cells.append(f"{np.average(np.abs(distance), weights=weight):.4f}")
    for key in ("bevr", "mf", "asd"):
        area = results[key, "RNASeqCluster"].groups[1].auc
        cells.append("" if area is None else f"{area.value:.2f}")
    cells += [f"{one.fisher.p:.2g}" for one in results.values() if one.fisher.p is not None]
    return f"| {' | '.join(cells)} |"


def plot(results: dict[tuple[str, str], Result]) -> str:
    """Return the box plots of the features against RNASeq cluster as one SVG file."""
    drawn = []
    for key in PLOTTED:
        one = results[key]
        boxes = [Box(group.label, group.values, one.hypothesis.published.get(group.code)) for group in one.groups]
        drawn.append(box_plot(one.hypothesis.title, feature(key[0]).label, boxes))
    return side_by_side(drawn)


def main() -> int:
    """Measure, test, and print the table."""
    parser = argparse.ArgumentParser(description="Sensitivity of the radiogenomic results. Research use only.")
    parser.add_argument("masks", type=Path)
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("--stack-kaggle", action="store_true")
    parser.add_argument("--plot", type=Path)
    args = parser.parse_args()
    study = Study(dict(regions(args.masks, args.stack_kaggle)), read_table(args.table))
    names = [one.title for one in PAPER_HYPOTHESES if one.column in study.clinical.columns]
    head = ["changed", *(f"distance {key}" for key in ("BEVR", "MF", "ASD"))]
    head += [f"AUC {key}" for key in ("1/BEVR", "MF", "ASD")] + [f"p {name}" for name in names]
    sys.stdout.write(f"| {' | '.join(head)} |\n|{' --- |' * len(head)}\n")
    for name, (choices, settings) in CHOICES.items():
        results = study.results(choices, settings)
        sys.stdout.write(table_line(name, results) + "\n")
        sys.stdout.flush()
        if args.plot and name == "defaults":
            write_text(args.plot, plot(results))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
