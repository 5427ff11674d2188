"""What lies over each view: a button that fits the picture, and the slider through the slices, both with names."""

from __future__ import annotations

from typing import Any

from trame.widgets import html
from trame.widgets import vuetify3 as v
from trame_slicer.app.logic.slice_view_logic import connect_slice_view_slider_to_state


def over_slice_view(server: Any, name: str, view: Any) -> None:
    """Put the controls over a slice view."""
    over_view(server, name, view)
    slider = connect_slice_view_slider_to_state(server, view)
    label = f"{view.get_orientation()} slice"
    with html.Div(classes="lggseg-slice-slider"):
        v.VSlider(
            v_model=(slider.name.value,),
            min=(slider.name.min_value,),
            max=(slider.name.max_value,),
            step=(slider.name.step,),
            hide_details=True,
            density="compact",
            theme="dark",
            raw_attrs=[f'aria-label="{label}"'],
        )


def over_view(_server: Any, _name: str, view: Any) -> None:
    """Put the button over any view."""
    title = "Fit the picture into the view"
    with html.Div(classes="lggseg-view-buttons"):
        v.VBtn(
            icon="mdi-fit-to-page-outline",
            title=title,
            size="small",
            variant="text",
            theme="dark",
            click=view.reset_view,
            raw_attrs=[f'aria-label="{title}"'],
        )
