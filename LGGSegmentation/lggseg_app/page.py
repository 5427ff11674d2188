"""The page: a panel beside the views. What it shows is state; what its buttons do is in ``application``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trame.ui.vuetify3 import VAppLayout
from trame.widgets import html
from trame.widgets import vuetify3 as v

from lggseg.notice import RESEARCH_USE
from lggseg_app.viewer import AXIAL_ALONE, ERASE, FOUR_VIEWS, LOOK, PAINT

if TYPE_CHECKING:
    from lggseg_app.application import Application

ROLES = {"flair": "FLAIR", "pre": "T1 before contrast", "post": "T1 after contrast"}
"""The parts of a study, and what they are called."""

TITLE = "FLAIR abnormality"


def initial_state(theme: str = "dark") -> dict[str, Any]:
    """Return the state of a page without a study."""
    indices = {f"{role}_index": -1 for role in ROLES}
    study = {"volumes": [], "none": [], "problems": [], "doubt": "", "force": False, **indices}
    run = {"running": False, "share": 0, "stage": "", "message": "", "error": ""}
    outline = {"has_result": False, "headline": "", "range": "", "checks": [], "notes": [], "threshold": 0.35}
    now = {"edited": False, "outdated": False, "can_undo": False, "can_redo": False, "measurements": []}
    tools = {"tool": LOOK, "brush_mm": 8.0, "diameters": False, "contours": False}
    return {**study, **run, **outline, **now, **tools, "theme": theme, "panel": True, "layout": FOUR_VIEWS}


def build(server: Any, app: Application) -> None:
    """Build the page."""
    server.state.trame__title = TITLE
    server.state.trame__favicon = "lggseg_static/icon.svg"
    server.state.change("flair_index")(app.choose_flair)
    server.state.change("layout")(lambda layout, **_: app.viewer.layouts.set_layout(layout))
    with VAppLayout(server) as layout:
        layout.root.theme = ("theme",)
        _bar()
        with (
            v.VNavigationDrawer(v_model=("panel",), width=400, mobile_breakpoint=900, tag="aside"),
            html.Div(classes="lggseg-panel", id="panel"),
        ):
            _notice()
            _study(app)
            _run(app)
            _result(app)
        with v.VMain(), html.Div(classes="lggseg-views d-flex", id="views"):
            app.viewer.layouts.initialize_layout_grid(layout)


def _bar() -> None:
    with v.VAppBar(density="compact", flat=True, border=True):
        v.VAppBarNavIcon(click="panel = !panel", raw_attrs=['aria-label="Show or hide the panel"'])
        v.VToolbarTitle(TITLE)
        v.VSpacer()
        with v.VBtnToggle(v_model=("layout",), mandatory=True, density="compact", classes="mr-2"):
            _icon_button("mdi-view-dashboard", "Four views", value=FOUR_VIEWS)
            _icon_button("mdi-crop-square", "Axial view alone", value=AXIAL_ALONE)
        _icon_button("mdi-theme-light-dark", "Dark or light", click="theme = theme === 'dark' ? 'light' : 'dark'")


def _notice() -> None:
    v.VAlert(RESEARCH_USE, type="warning", variant="tonal", density="compact", classes="mb-3", id="notice")


def _study(app: Application) -> None:
    with html.Div(
        classes="lggseg-drop",
        id="drop",
        dragover="$event.preventDefault()",
        drop="window.lggsegDrop($event)",
        __events=["dragover", "drop"],
    ):
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
    v.VAlert(
        "{{ problem }}", v_for="problem in problems", key="problem", type="info", variant="tonal", density="compact"
    )
    with html.Div(v_if=("volumes.length",), classes="mt-3"):
        for role, title in ROLES.items():
            v.VSelect(
                v_model=(f"{role}_index",),
                items=("volumes",) if role == "flair" else ("none.concat(volumes)",),
                label=title,
                density="compact",
                id=f"{role}-choice",
                disabled=("running",),
                hide_details=True,
                classes="mb-2",
            )
        with html.Div(v_if=("doubt",)):
            v.VAlert("{{ doubt }}", type="warning", variant="tonal", density="compact", id="doubt")
            v.VCheckbox(
                v_model=("force",), label="It is FLAIR all the same", hide_details=True, density="compact", id="force"
            )


def _run(app: Application) -> None:
    v.VBtn(
        "Segment FLAIR abnormality",
        click=app.segment,
        color="primary",
        block=True,
        size="large",
        classes="my-3",
        id="segment",
        disabled=("running || flair_index < 0",),
    )
    with html.Div(v_if=("running",), classes="d-flex align-center ga-2 mb-3"):
        v.VProgressLinear(model_value=("share",), height=14, striped=True, raw_attrs=['aria-label="Progress"'])
        html.Span("{{ stage }}", id="stage", role="status")
        v.VBtn("Cancel", click=app.cancel, size="small", id="cancel")


def _result(app: Application) -> None:
    with html.Section(v_if=("has_result",)):
        html.H2("{{ headline }}", id="headline", classes="text-h4", raw_attrs=['aria-live="polite"'])
        html.P("{{ range }}", v_if=("range",), id="range", classes="text-body-2")
        html.P("Changed by hand.", v_if=("edited",), id="edited", classes="text-caption")
        v.VAlert("{{ check }}", v_for="check in checks", key="check", type="warning", density="compact", classes="mb-2")
        with html.Ul(v_if=("notes.length",), classes="ml-4 mb-2"):
            html.Li("{{ note }}", v_for="note in notes", key="note")
        v.VSlider(
            v_model=("threshold",),
            min=0.05,
            max=0.95,
            step=0.01,
            label="Threshold",
            thumb_label=True,
            hide_details=True,
            id="threshold",
            density="compact",
        )
        _tools(app)
        _measurements(app)
        _downloads()


def _tools(app: Application) -> None:
    with html.Div(classes="d-flex flex-wrap align-center ga-2 my-2"):
        with v.VBtnToggle(v_model=("tool",), mandatory=True, density="compact"):
            _icon_button("mdi-cursor-default", "Look", value=LOOK, id="look")
            _icon_button("mdi-brush", "Paint", value=PAINT, id="paint")
            _icon_button("mdi-eraser", "Erase", value=ERASE, id="erase")
        _icon_button("mdi-undo", "Undo", click=app.undo, disabled=("!can_undo",), id="undo")
        _icon_button("mdi-redo", "Redo", click=app.redo, disabled=("!can_redo",), id="redo")
        _icon_button("mdi-target", "Go to the largest slice", click=app.largest_slice, id="largest")
    v.VSlider(
        v_if=("tool !== 'look'",),
        v_model=("brush_mm",),
        min=1,
        max=40,
        step=1,
        label="Brush (mm)",
        thumb_label=True,
        hide_details=True,
        density="compact",
    )
    v.VCheckbox(
        v_model=("diameters",), label="Longest and perpendicular diameter", hide_details=True, density="compact"
    )
    v.VCheckbox(
        v_model=("contours",), label="Contours at .2, .5 and .8", hide_details=True, density="compact", id="contours"
    )


def _measurements(app: Application) -> None:
    with html.Div(classes="d-flex align-center ga-2 mt-3"):
        html.H3("Measurements", classes="text-subtitle-1")
        v.VBtn("Measure again", v_if=("outdated",), click=app.measure, size="small", color="warning", id="measure")
        v.VSpacer()
        v.VBtn("Copy", size="small", variant="text", click="window.lggsegCopy(measurements)", id="copy")
    html.P("These are of an earlier outline.", v_if=("outdated",), id="outdated", classes="text-warning text-body-2")
    with v.VTable(density="compact", id="measurements", raw_attrs=[''':class="{'lggseg-outdated': outdated}"''']):
        with html.Thead(), html.Tr():
            for key, title in (("label", "Measurement"), ("number", "Value"), ("unit", "Unit")):
                with html.Th(scope="col"):
                    html.Button(title, click=f"measurements = window.lggsegSort(measurements, '{key}')", type="button")
        with html.Tbody(), html.Tr(v_for="row in measurements", key="row.key", raw_attrs=[':title="row.definition"']):
            html.Td("{{ row.label }}")
            html.Td("{{ row.value }}", classes="text-right", raw_attrs=[':data-key="row.key"'])
            html.Td("{{ row.unit }}")


def _downloads() -> None:
    html.H3("To take along", classes="text-subtitle-1 mt-4")
    with html.Ul(classes="lggseg-downloads"):
        for name, title in (
            ("report.html", "Report (one file, opens offline)"),
            ("segmentation.nii.gz", "Mask, NIfTI"),
            ("segmentation.seg.nrrd", "Mask, for 3D Slicer"),
            ("probability.nrrd", "Probability"),
            ("measurements.csv", "Measurements, CSV"),
            ("report.json", "Record, JSON"),
        ):
            with html.Li():
                html.A(title, href=f"results/{name}", download=name)


def _icon_button(icon: str, title: str, **options: Any) -> None:
    v.VBtn(icon=icon, title=title, size="small", raw_attrs=[f'aria-label="{title}"'], **options)
