"""Hooks of MkDocs: pages that come from elsewhere in the repository, so that each fact is written once.

* README files, CONTRIBUTING, CHANGELOG and SECURITY become pages of the site;
* each room of the packages becomes a page of the reference, from its docstrings;
* the help texts of the commands go into the page on the command line;
* links to files of the repository lead to their page here, or to the repository.
"""

from __future__ import annotations

import contextlib
import io
import os
import posixpath
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    "from-slices.md": "training/README.md",
    "model-card.md": "Resources/lgg_flair_unet/docs/README.md",
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
    "security.md": "SECURITY.md",
}
"""Page of the site to the file it is made of."""

PACKAGES = {"lggseg": ROOT / "LGGSegmentation" / "lggseg", "lggseg_training": ROOT / "training" / "lggseg_training"}
_LINK = re.compile(r"(\]\()([^)#\s]+)(#[^)\s]*)?(\))")
_ROLE = re.compile(r":(?:func|class|mod|data|meth|attr):<code>~?([^<]*)</code>")
_HELP_TEXTS = "<!-- help texts -->"
_PICTURES = (".png", ".svg", ".jpg")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages of the reference into the menu."""
    for entry in config.nav or []:
        if "Reference" in entry:
            entry["Reference"] = [{name: f"reference/{name}.md"} for name in sorted(rooms())]
    return config


def rooms() -> dict[str, list[str]]:
    """Return the page names of the reference and their modules."""
    found: dict[str, list[str]] = {}
    for package, folder in PACKAGES.items():
        for file in sorted(folder.rglob("*.py")):
            parts = (package, *file.relative_to(folder).with_suffix("").parts)
            module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            if parts[-1] != "__main__":
                found.setdefault(".".join(parts[:2]) if len(parts) > 2 else package, []).append(module)
    return found


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made.

    Raises:
        PluginError: If one has the name of a page in docs/, which would be lost.
    """
    for page, source in PAGES.items():
        if files.get_file_from_path(page):
            msg = f"{page}: expected a name that no page in docs/ has for the page made of {source}; choose another"
            raise PluginError(msg)
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=_relinked(text, source, page)))
    for name, modules in rooms().items():
        parts = "\n\n".join(f"::: {module}" for module in modules)
        files.append(File.generated(config, f"reference/{name}.md", content=f"# {name}\n\n{parts}\n"))
    for picture in pictures():
        files.append(File.generated(config, picture, abs_src_path=str(ROOT / picture)))
    return files


def pictures() -> list[str]:
    """Return the pictures outside of docs/ that pages show."""
    return [path.relative_to(ROOT).as_posix() for path in (ROOT / "Resources" / "Screenshots").glob("*.png")]


def command_line() -> str:
    """Return what the commands say of themselves."""
    sys.path.insert(0, str(ROOT / "LGGSegmentation"))
    from lggseg.cli import COMMANDS, EPILOG, parser  # noqa: PLC0415

    os.environ["COLUMNS"] = "100"
    parts = [_block(parser().format_help())]
    for name, summary in COMMANDS.items():
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
            parser(name).parse_args([name, "--help"])
        parts += [f"## {name}", f"{summary[0].upper()}{summary[1:]}.", _block(out.getvalue().replace(EPILOG, ""))]
    return "\n\n".join(parts) + "\n"


def _block(text: str) -> str:
    return f"```text\n{text.strip()}\n```"


def on_page_markdown(markdown: str, page: Any, config: MkDocsConfig, files: Files) -> str:
    """Lead links out of docs/ to pages here, or to the repository."""
    del config, files
    source = page.file.src_uri
    if page.file.generated_by:
        return markdown
    return _relinked(markdown, f"docs/{source}", source).replace(_HELP_TEXTS, command_line())


def on_page_content(html: str, page: Any, config: MkDocsConfig, files: Files) -> str:
    """Write the roles of docstrings as plain names."""
    del page, config, files
    return _ROLE.sub(r"<code>\1</code>", html)


def _relinked(markdown: str, source: str, page: str) -> str:
    """Return a text with its links as they hold on the page.

    Args:
        markdown: The text.
        source: Its file in the repository, which its links are relative to.
        page: The page that it becomes.
    """

    def link(match: re.Match[str]) -> str:
        target, anchor = match[2], match[3] or ""
        if "://" in target or target.startswith("mailto:"):
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        return f"{match[1]}{_address(path, page, anchor)}{match[4]}"

    return _LINK.sub(link, markdown)


def _address(path: str, page: str, anchor: str) -> str:
    """Return where a file of the repository is found, seen from a page."""
    made = {origin: name for name, origin in PAGES.items()}
    if path in made:
        found = made[path]
    elif path == "LGGSegmentation/lggseg":
        found = "reference/lggseg.md"
    elif path == "README.md":
        found = "index.md"
    elif path.startswith("docs/") and (ROOT / path).is_file():
        found = path.removeprefix("docs/")
    elif path.endswith(_PICTURES) and path in pictures():
        found = path
    else:
        kind = "tree" if (ROOT / path).is_dir() else "blob"
        return f"https://github.com/SlicerLGGSegmentation/SlicerLGGSegmentation/{kind}/main/{path}"
    return posixpath.relpath(found, posixpath.dirname(page) or ".") + anchor
