"""Where the packages of the wheel lie; everything else about it is in pyproject.toml.

The model folder is shipped inside the package as ``lggseg._bundle``, which ``packages.find`` cannot say.
"""

from setuptools import find_packages, setup

setup(
    package_dir={
        "lggseg": "LGGSegmentation/lggseg",
        "lggseg._bundle": "Resources/lgg_flair_unet",
    },
    packages=[*find_packages("LGGSegmentation", include=["lggseg", "lggseg.*"]), "lggseg._bundle"],
    package_data={
        "lggseg": ["py.typed"],
        "lggseg._bundle": ["LICENSE", "configs/*", "docs/*", "models/*"],
    },
)
