"""What Slicer's package would hold. Needs neither Slicer nor CMake.

A file that CMake does not name works on the developer's computer and is missing in the package.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from places import BUNDLE, MODULE, ROOT

from lggseg.notice import LICENCE


def cmake_list(name: str) -> list[str]:
    """Return the entries of a ``set(NAME ...)`` in the module's CMakeLists.txt."""
    text = (MODULE / "CMakeLists.txt").read_text(encoding="utf-8")
    body = re.search(rf"set\({name}\s(.*?)\)", text, re.DOTALL)
    assert body, f"no set({name} ...) in {MODULE / 'CMakeLists.txt'}"
    return body[1].replace("${MODULE_NAME}", "LGGSegmentation").split()


def files_below(folder: Path, pattern: str) -> set[str]:
    """Return files of the module, relative to it."""
    found = (path for path in folder.rglob(pattern) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(MODULE).as_posix() for path in found}


def extension_text() -> str:
    return (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")


def test_every_script_is_packaged_once_and_exists():
    listed = cmake_list("MODULE_PYTHON_SCRIPTS")
    packages = files_below(MODULE / "LGGSegmentationLib", "*.py") | files_below(MODULE / "lggseg", "*.py")
    assert set(listed) == {"LGGSegmentation.py"} | packages
    assert len(listed) == len(set(listed))


def test_every_resource_is_packaged_once_and_exists():
    listed = cmake_list("MODULE_PYTHON_RESOURCES")
    assert set(listed) == files_below(MODULE / "Resources", "*")
    assert len(listed) == len(set(listed))


def test_nothing_outside_the_module_folder_is_listed():
    """``../`` is left out of the package without a word; an absolute path lands under the builder's folder names."""
    for name in ("MODULE_PYTHON_SCRIPTS", "MODULE_PYTHON_RESOURCES"):
        assert not [entry for entry in cmake_list(name) if entry.startswith(("..", "/", "$"))]


def test_only_the_module_lies_directly_in_its_folder():
    """Slicer takes each Python file there for a module of its own."""
    assert [path.name for path in MODULE.glob("*.py")] == ["LGGSegmentation.py"]


def test_the_model_is_copied_where_the_core_looks_for_it():
    text = (ROOT / "Resources" / "CMakeLists.txt").read_text(encoding="utf-8")
    assert "add_subdirectory(Resources)" in extension_text()
    assert f"set(_bundle {BUNDLE.name})" in text
    assert "${Slicer_QTSCRIPTEDMODULES_LIB_DIR}/Resources" in text
    from lggseg.model import bundle

    assert BUNDLE.name == bundle.BUNDLE_NAME
    beside_core = MODULE / "Resources" / BUNDLE.name
    assert beside_core in bundle._PLACES


def test_extension_and_index_entry_agree():
    entry = json.loads((ROOT / "LGGSegmentation.json").read_text(encoding="utf-8"))
    text = extension_text()
    assert re.search(r"^project\(LGGSegmentation\)", text, re.MULTILINE)
    assert f'set(EXTENSION_CATEGORY "{entry["category"]}")' in text
    depends = re.search(r'set\(EXTENSION_DEPENDS "(.*)"\)', text)[1]
    assert ([] if depends == "NA" else depends.split()) == entry["build_dependencies"]
    assert set(entry) <= {"$schema", "build_dependencies", "build_subdirectory", "category", "dicom_support_rule",
                          "enabled", "scm_revision", "scm_type", "scm_url", "tier"}  # fmt: skip
    repository = entry["scm_url"].rsplit("/", 1)[1]
    assert repository.startswith("Slicer")
    assert f"/{repository}" in re.search(r'set\(EXTENSION_HOMEPAGE "(.*)"\)', text)[1]


@pytest.mark.parametrize("key", ["EXTENSION_ICONURL", "EXTENSION_SCREENSHOTURLS"])
def test_pictures_of_the_index_exist(key):
    """The index reads these with a regular expression: one quoted text, png or jpeg."""
    urls = re.search(rf'set\({key} "([^"]*)"\)', extension_text())[1].split()
    assert urls
    for url in urls:
        path = ROOT / url.split("/main/", 1)[1]
        assert path.suffix in (".png", ".jpg")
        assert path.is_file(), path


def test_description_is_for_people():
    description = re.search(r'set\(EXTENSION_DESCRIPTION "(.*)"\)', extension_text())[1]
    assert "glioma" in description
    assert "Research use only" in description
    assert LICENCE in description


def test_the_licence_has_a_name_that_the_index_looks_for_and_speaks_of_the_weights():
    text = (ROOT / "LICENSE.txt").read_text(encoding="utf-8")
    assert text.startswith("MIT License")
    assert "Resources/lgg_flair_unet/LICENSE" in text
