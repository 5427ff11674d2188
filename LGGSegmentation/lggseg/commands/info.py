"""``lggseg info``: what is installed, without loading a runtime."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
from pathlib import Path
from typing import Any

import lggseg
from lggseg.model.bundle import MODEL_CARD_FILE, ONNX_FILE, load_bundle
from lggseg.model.metadata import LGGSEG
from lggseg.notice import LICENCE

PACKAGES = ("numpy", "scipy", "SimpleITK", "pydicom", "Pillow", "onnxruntime", "torch", "monai")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="another model")
    parser.add_argument("--verify", action="store_true", help="check the SHA-256 of the weights too")


def run(options: argparse.Namespace) -> int:
    """Print program, model and packages."""
    bundle = load_bundle(options.model)
    if options.verify:
        for name in bundle.metadata[LGGSEG]["sha256"]:
            bundle.verified(name)
    metadata = bundle.metadata
    content = {
        "lggseg": lggseg.__version__,
        "location": str(Path(lggseg.__file__).parent),
        "model": {
            "name": bundle.name,
            "version": bundle.version,
            "folder": str(bundle.folder),
            "sha256": bundle.checksum(ONNX_FILE),
            "threshold": bundle.threshold,
            "metrics": metadata.get("eval_metrics", {}),
            "intended_use": metadata.get("intended_use", ""),
            "data": metadata.get("data_source", ""),
            "card": str(bundle.folder / MODEL_CARD_FILE),
        },
        "licence": LICENCE,
        "packages": {name: _version(name) for name in PACKAGES},
    }
    print(json.dumps(content, indent=2) if options.json else _text(content))  # noqa: T201
    return 0


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _text(content: dict[str, Any]) -> str:
    model = content["model"]
    metrics = ", ".join(f"{name} {value}" for name, value in model["metrics"].items())
    packages = ", ".join(f"{name} {version or 'not installed'}" for name, version in content["packages"].items())
    lines = [
        f"lggseg {content['lggseg']} in {content['location']}",
        f"model {model['name']} {model['version']} in {model['folder']}",
        f"  {metrics}",
        f"  card: {model['card']}",
        f"  use: {model['intended_use']}",
        f"packages: {packages}",
        f"{content['licence']}",
    ]
    return "\n".join(lines)
