"""Write the list of scripts in the module's CMakeLists.txt anew: ``python tools/cmake_list.py``.

CMake packages the files that the list names and no others; Testing/core/test_package.py says when it is out of date.
"""

from __future__ import annotations

import re
from pathlib import Path

MODULE = Path(__file__).resolve().parents[1] / "LGGSegmentation"
PACKAGES = ("LGGSegmentationLib", "lggseg")


def main() -> None:
    """Replace the list by the files that are there."""
    files = sorted(
        file.relative_to(MODULE).as_posix() for package in PACKAGES for file in (MODULE / package).rglob("*.py")
    )
    names = [name.replace("LGGSegmentationLib/", "${MODULE_NAME}Lib/") for name in ("${MODULE_NAME}.py", *files)]
    listing = "set(MODULE_PYTHON_SCRIPTS\n" + "".join(f"  {name}\n" for name in names) + "  )"
    file = MODULE / "CMakeLists.txt"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        re.sub(r"set\(MODULE_PYTHON_SCRIPTS.*?\)", lambda _: listing, text, flags=re.DOTALL), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
