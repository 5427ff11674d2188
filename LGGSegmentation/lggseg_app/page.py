"""The page: a panel beside the views. What it shows is state; what its buttons do is in ``application``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trame.ui.vuetify3 import VAppLayout
from trame.widgets import client, html
from trame.widgets import vuetify3 as v

from lggseg.notice import RESEARCH_USE
from lggseg.pages.plots import PLOT_STYLE
from lggseg.pages.style import DARK, LIGHT
from lggseg_app import page_outline, page_series
from lggseg_app.viewer import AXIAL_ALONE, FOUR_VIEWS, LOOK
from lggseg_app.widgets import icon_button

if TYPE_CHECKING:
    from lggseg_app.application import Application

ROLES = {"flair": "FLAIR", "pre": "T1 before contrast", "post": "T1 after contrast"}
"""The parts of a study, and what they are called."""

TITLE = "FLAIR abnormality"

_STYLE = f".v-theme--light {{ {LIGHT} }} .v-theme--dark {{ {DARK} }} {PLOT_STYLE}"


def initial_state(theme: str = "dark") -> dict[str, Any]:
    """Return the state of a page without a study."""
    indices = {f"{role}_index": -1 for role in ROLES}
    study = {"volumes": [], "none": [], "question": "", "doubt": "", "force": False, "dicom": False, **indices}
    run = {"running": False, "reading": False, "share": 0, "stage": "", "message": "", "error": ""}
    outline = {"has_result": False, "headline": "", "range": "", "checks": [], "notes": [], "threshold": 0.35}
    now = {"edited": False, "outdated": False, "can_undo": False, "can_redo": False}
    table = {"measurements": [], "table_text": "", "copied": False, "sort_key": "", "sort_way": 1, "definitions": False}
    tools = {"tool": LOOK, "brush_mm": 8.0, "diameters": False, "contours": False}
    points = {"patients": [], "whose": [], "shown_id": "", "is_time_point": False}
    treatments = {"treated": "", "treatment": "surgery"}
    look = {"theme": theme, "panel": True, "layout": FOUR_VIEWS}
    return {**study, **run, **outline, **now, **table, **tools, **points, **treatments, **look}


def build(server: Any, app: Application) -> None:
    """Build the page."""
    server.state.trame__title = TITLE
    server.state.trame__favicon = "lggseg_static/icon.svg"
    server.state.change("layout")(lambda layout, **_: app.viewer.layouts.set_layout(layout))
    with VAppLayout(server) as layout:
        layout.root.theme = ("theme",)
        client.Style(_STYLE)
        _bar()
        with (
            v.VNavigationDrawer(v_model=("panel",), width=400, mobile_breakpoint=900, tag="aside"),
            html.Div(classes="lggseg-panel", id="panel"),
        ):
            _notice()
            _study(app)
            _run(app)
            page_outline.build_tools(app)
            page_series.build(app)
            page_outline.build_results()
        with v.VMain(), html.Div(classes="lggseg-views d-flex", id="views"):
            app.viewer.layouts.initialize_layout_grid(layout)


def _bar() -> None:
    with v.VAppBar(density="compact", flat=True, border=True):
        v.VAppBarNavIcon(click="panel = !panel", raw_attrs=['aria-label="Show or hide the panel"'])
        v.VToolbarTitle(TITLE)
        v.VSpacer()
        with v.VBtnToggle(v_model=("layout",), mandatory=True, density="compact", classes="mr-2"):
            icon_button("mdi-view-dashboard", "Four views", value=FOUR_VIEWS)
            icon_button("mdi-crop-square", "Axial view alone", value=AXIAL_ALONE)
        switch = "theme = theme === 'dark' ? 'light' : 'dark'"
        icon_button("mdi-theme-light-dark", "Dark or light", click=switch, id="theme")


def _notice() -> None:
    v.VAlert(RESEARCH_USE, type="warning", variant="tonal", density="compact", classes="mb-3", id="notice")


def _study(app: Application) -> None:
    with html.Div(classes="lggseg-drop", id="drop"):
        html.P("Drop a FLAIR volume here (NIfTI, NRRD, a DICOM folder or a zip), with T1 where you have it.")
        with html.Div(classes="d-flex flex-wrap ga-2"):
            html.Input(type="file", id="files", multiple=True, hidden=True, change="window.lggsegSend($event.target)")
            html.Input(
                type="file",
                id="folder",
                hidden=True,
                change="window.lggsegSend($event.target)",
                raw_attrs=["webkitdirectory"],
            )
            v.VBtn("Files", size="small", click="window.document.getElementById('files').click()", id="choose-files")
            v.VBtn("Folder", size="small", click="window.document.getElementById('folder').click()", id="choose-folder")
            v.VBtn("Synthetic study", size="small", variant="tonal", click=app.open_synthetic, id="synthetic")
    html.P("{{ message }}", v_if=("message",), id="message", role="status", classes="my-2")
    v.VAlert("{{ error }}", v_if=("error",), type="error", variant="tonal", density="compact", id="error", role="alert")
    with html.Div(v_if=("volumes.length",), classes="mt-3"):
        v.VAlert("{{ question }}", v_if=("question",), type="info", variant="tonal", density="compact", id="question")
        for role, title in ROLES.items():
            own = {"update_modelValue": (app.choose_flair, "[$event]")} if role == "flair" else {}
            v.VSelect(
                items=("volumes",) if role == "flair" else ("none.concat(volumes)",),
                label=title,
                density="compact",
                id=f"{role}-choice",
                item_props=True,
                disabled=("running || reading",),
                hide_details=True,
                classes="mb-2",
                **{"model_value" if own else "v_model": (f"{role}_index",)},
                **own,
            )
        with html.Div(v_if=("doubt",)):
            v.VAlert("{{ doubt }}", type="warning", variant="tonal", density="compact", id="doubt")
            v.VCheckbox(
                v_model=("force",), label="It is FLAIR all the same", hide_details=True, density="compact", id="force"
            )


def _run(app: Application) -> None:
    # A run replaces the outline of its volume, and what a person drew is worth a question.
    replaces = "!edited || window.confirm('The outline was changed by hand. Segment again and replace it?')"
    v.VBtn(
        "Segment FLAIR abnormality",
        click=f"({replaces}) && trigger('segment')",
        color="primary",
        block=True,
        size="large",
        classes="my-3",
        id="segment",
        disabled=("running || reading || flair_index < 0",),
    )
    app.trigger("segment", app.segment)
    with html.Div(v_if=("running",), classes="d-flex align-center ga-2 mb-3"):
        v.VProgressLinear(model_value=("share",), height=14, striped=True, raw_attrs=['aria-label="Progress"'])
        html.Span("{{ stage }}", id="stage", role="status")
        v.VBtn("Cancel", click=app.cancel, size="small", id="cancel")
