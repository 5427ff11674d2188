"""Where the packages of the wheel lie; everything else about it is in pyproject.toml.

The model folder is shipped inside the package as ``lggseg._bundle``, which ``packages.find`` cannot say.
"""

from setuptools import find_packages, setup

setup(
    package_dir={
        "lggseg": "LGGSegmentation/lggseg",
        "lggseg_app": "LGGSegmentation/lggseg_app",
        "LGGSegmentationLib": "LGGSegmentation/LGGSegmentationLib",
        "lggseg._bundle": "Resources/lgg_flair_unet",
    },
    packages=[
        *find_packages("LGGSegmentation", include=["lggseg", "lggseg.*"]),
        "lggseg._bundle",
        # What works on a scene without Slicer's application, for other front ends; it needs the extra "scene".
        "LGGSegmentationLib",
        "LGGSegmentationLib.Scene",
        "lggseg_app",
    ],
    include_package_data=False,  # else setuptools takes the folders below for packages that were forgotten
    package_data={
        "lggseg": ["py.typed"],
        "lggseg_app": ["static/*"],
        "lggseg._bundle": ["LICENSE", "configs/*", "docs/*", "models/*"],
    },
)
