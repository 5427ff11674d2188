"""Borders that must hold: the core knows neither Slicer nor training, and starts without a runtime."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from places import CORE

FORBIDDEN = {"slicer", "qt", "vtk", "ctk", "training", "matplotlib", "pandas"}
HEAVY = {"torch", "monai", "onnxruntime"}
"""Loaded where a runtime is, and from nowhere else."""


def may_use_torch(file: Path) -> bool:
    return file.parent.name == "networks" or file.name in ("network.py", "monai_transforms.py")


def imported(file: Path, *, top_level: bool) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    nodes = tree.body if top_level else list(ast.walk(tree))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("file", sorted(CORE.rglob("*.py")), ids=lambda file: str(file.relative_to(CORE)))
def test_core_imports_neither_slicer_nor_training(file):
    assert not imported(file, top_level=False) & FORBIDDEN
    if not may_use_torch(file):
        assert not imported(file, top_level=True) & HEAVY


@pytest.mark.parametrize(
    "arguments", [["--help"], ["segment", "--help"], ["info", "--json"], ["segment", "no.nii", "-o", "x"]]
)
def test_no_runtime_is_loaded_for_help_info_and_errors(arguments, tmp_path):
    code = f"""
import sys
sys.path.insert(0, {str(CORE.parent)!r})
from lggseg.cli import main
try:
    main({arguments!r})
except SystemExit:
    pass
print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"
