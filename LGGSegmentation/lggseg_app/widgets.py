"""Pieces that parts of the page share."""

from __future__ import annotations

from typing import Any

from trame.widgets import html
from trame.widgets import vuetify3 as v


def icon_button(icon: str, title: str, **options: Any) -> None:
    """Put a button with a picture, and a name for those who do not see it."""
    v.VBtn(icon=icon, title=title, size="small", raw_attrs=[f'aria-label="{title}"'], **options)


def download(title: str, name: str, query: str = "") -> None:
    """Put a link that makes a file and takes it along.

    Args:
        title: What it is.
        name: The file.
        query: JavaScript that gives the rest of the address.
    """
    address = f"'results/{name}'" + (f" + {query}" if query else "")
    html.A(title, href=(address,), download=name)
