"""The shape features: what each is called, its unit, how it is defined, and where that comes from.

This list is the only one. The CSV, the report and the tooltips in 3D Slicer read it; it imports
nothing heavy.
"""

from __future__ import annotations

from dataclasses import dataclass

_IBSI = "A. Zwanenburg et al., Radiology 295 (2020) 328 (IBSI)"
_PYRADIOMICS = "J. J. M. van Griethuysen et al., Cancer Research 77 (2017) e104 (pyradiomics)"
_BUDA = "M. Buda et al., Computers in Biology and Medicine 109 (2019) 218, arXiv:1906.03720"
_RANO = "P. Y. Wen et al., Journal of Clinical Oncology 28 (2010) 1963 (RANO)"
_LEHMANN = "G. Lehmann, D. Legland, Efficient N-dimensional surface estimation, Insight Journal (2012)"


@dataclass(frozen=True)
class Feature:
    """One number that describes a mask.

    Attributes:
        key: Name of the column in a CSV file.
        label: Name for people.
        unit: Unit of the number; empty for a pure number or a count.
        definition: What it is, in words and where it helps as a formula.
        source: Where the definition comes from.
        whole: True for a number that is always whole.
    """

    key: str
    label: str
    unit: str
    definition: str
    source: str
    whole: bool = False


FEATURES: tuple[Feature, ...] = (
    Feature("volume_ml", "Volume", "ml", "Number of voxels times the volume of a voxel.", _IBSI),
    Feature(
        "components",
        "Components",
        "",
        "Number of 6-connected components: voxels belong together when they share a face.",
        "Counted on the mask",
        whole=True,
    ),
    Feature(
        "largest_component_share",
        "Share of the largest component",
        "",
        "Volume of the largest 6-connected component over the whole volume.",
        "Counted on the mask",
    ),
    Feature(
        "slices",
        "Slices touched",
        "",
        "Number of slices, in the direction nearest to axial, with at least one voxel.",
        "Counted on the mask",
        whole=True,
    ),
    Feature(
        "surface_mesh_mm2",
        "Surface area (mesh)",
        "mm²",
        "Area A of the marching-cubes surface half way between voxel centres inside and outside. "
        "Its steps make a sphere about 7 % too large at any resolution.",
        _PYRADIOMICS,
    ),
    Feature(
        "surface_voxel_mm2",
        "Surface area (voxel faces)",
        "mm²",
        "Area of all voxel faces between inside and outside; a sphere comes out 50 % too large.",
        "Counted on the mask",
    ),
    Feature(
        "sphericity",
        "Sphericity",
        "",
        "Surface of the sphere of equal volume over the mesh surface: (36 π V²)^(1/3) / A, with V the volume inside "
        "the mesh. 1 is a perfect sphere; a sphere of voxels reaches about 0.93.",
        _PYRADIOMICS,
    ),
    Feature(
        "roundness",
        "Roundness",
        "",
        "Surface of the sphere of equal volume over the surface estimated from line intersections (Crofton); "
        "about 1 for a sphere, smaller for anything else.",
        f"{_LEHMANN}; SimpleITK, LabelShapeStatistics",
    ),
    Feature(
        "major_axis_mm",
        "Major axis",
        "mm",
        "4 times the square root of the largest eigenvalue of the covariance of the voxel centres.",
        _PYRADIOMICS,
    ),
    Feature("minor_axis_mm", "Minor axis", "mm", "As the major axis, with the second eigenvalue.", _PYRADIOMICS),
    Feature("least_axis_mm", "Least axis", "mm", "As the major axis, with the smallest eigenvalue.", _PYRADIOMICS),
    Feature(
        "elongation",
        "Elongation",
        "",
        "Minor over major axis: 1 is round, near 0 long. (SimpleITK's measure of this name is at least 1.)",
        _PYRADIOMICS,
    ),
    Feature(
        "flatness",
        "Flatness",
        "",
        "Least over major axis: 1 is a ball, 0 a flat region. (SimpleITK's measure of this name is at least 1.)",
        _PYRADIOMICS,
    ),
    Feature(
        "extent_right_left_mm",
        "Extent right to left",
        "mm",
        "Length of the bounding box along the image axis nearest to right-left, from outer face to outer face.",
        "Counted on the mask",
    ),
    Feature(
        "extent_front_back_mm",
        "Extent front to back",
        "mm",
        "Length of the bounding box along the image axis nearest to front-back.",
        "Counted on the mask",
    ),
    Feature(
        "extent_up_down_mm",
        "Extent up to down",
        "mm",
        "Length of the bounding box along the image axis nearest to up-down.",
        "Counted on the mask",
    ),
    Feature(
        "diameter_3d_mm",
        "Maximum diameter, 3D",
        "mm",
        "Largest distance between two vertices of the mesh.",
        _PYRADIOMICS,
    ),
    Feature(
        "diameter_axial_mm",
        "Maximum diameter, axial",
        "mm",
        "Largest distance between two vertices of the mesh on one axial slice, over all pieces on it.",
        _PYRADIOMICS,
    ),
    Feature(
        "longest_diameter_mm",
        "Longest diameter",
        "mm",
        "Largest distance between two points of the outline of one piece on one axial slice.",
        _RANO,
    ),
    Feature(
        "perpendicular_diameter_mm",
        "Perpendicular diameter",
        "mm",
        "Longest line across the same piece at a right angle to the longest diameter.",
        _RANO,
    ),
    Feature(
        "bidirectional_product_mm2",
        "Bidirectional product",
        "mm²",
        "Longest times perpendicular diameter.",
        _RANO,
    ),
    Feature(
        "left_share",
        "Share on the left",
        "",
        "Share of the volume on the patient's left of the middle plane of the image, which stands in for the plane "
        "between the hemispheres. Empty where the image is under 120 mm wide or turned by over 20 degrees.",
        "This project",
    ),
    Feature(
        "crosses_midline",
        "Crosses the midline",
        "",
        "1 where the mask reaches over 5 mm beyond the middle plane of the image on both sides, else 0. "
        "Empty as for the share on the left.",
        "This project",
        whole=True,
    ),
    Feature(
        "asd",
        "Angular standard deviation (ASD)",
        "",
        "On the slice of largest area of the largest component: distances of the border pixels from the centroid, "
        "divided by their mean; their standard deviation in each of ten equal angles; the mean of the ten, over all "
        "positions of the ten. 0 is a circle, larger is more irregular.",
        f"{_BUDA}; H. Georgiou et al., Artificial Intelligence in Medicine 41 (2007) 39",
    ),
    Feature(
        "bevr",
        "Bounding ellipsoid volume ratio (BEVR)",
        "",
        "Volume of the largest component over the volume of the smallest ellipsoid that holds it (the middles of its "
        "voxel faces). 1 is an ellipsoid; smaller is more irregular. Does not depend on voxel size or slice thickness.",
        _BUDA,
    ),
    Feature(
        "mf",
        "Margin fluctuation (MF)",
        "",
        "On the same slice as ASD: standard deviation of the radial distance, divided by its mean, less its moving "
        "average over a tenth of the border. 0 is a smooth border, larger is more notches.",
        f"{_BUDA}; M. L. Giger et al., Cancer Letters 77 (1994) 201; S. Pohlman et al., Medical Physics 23 (1996) 1337",
    ),
)
"""All features in the order of the columns."""


def feature(key: str) -> Feature:
    """Return the feature of a key.

    Raises:
        KeyError: If there is none.
    """
    return _BY_KEY[key]


_BY_KEY = {item.key: item for item in FEATURES}
