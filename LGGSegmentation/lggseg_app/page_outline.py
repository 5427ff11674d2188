"""The page's part for the outline: headline, threshold, tools, measurements, downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.widgets import html
from trame.widgets import vuetify3 as v

from lggseg.segmentation.request import SEG_FILE, SR_FILE
from lggseg_app.viewer import ERASE, LOOK, PAINT
from lggseg_app.widgets import download, icon_button

if TYPE_CHECKING:
    from lggseg_app.application import Application

_COLUMNS = (("label", "Measurement"), ("number", "Value"), ("unit", "Unit"))


def build_tools(app: Application) -> None:
    """Build what is said of the outline, and what changes it."""
    with html.Section(v_if=("has_result",)):
        html.H2("{{ headline }}", id="headline", classes="text-h4", raw_attrs=['aria-live="polite"'])
        html.P("{{ range }}", v_if=("range",), id="range", classes="text-body-2")
        html.P("Changed by hand.", v_if=("edited",), id="edited", classes="text-body-2")
        check = {"type": "warning", "variant": "tonal", "density": "compact", "classes": "mb-2"}
        v.VAlert("{{ check }}", v_for="check in checks", key="check", **check)
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
        with html.Div(v_if=("outdated",), id="outdated", classes="d-flex flex-wrap align-center ga-2 my-2"):
            html.P("The measurements are those of an earlier outline.", classes="lggseg-warn text-body-2")
            v.VBtn("Measure again", click=app.outline.measure, size="small", id="measure")


def build_results() -> None:
    """Build the measurements and what can be taken along."""
    with html.Section(v_if=("has_result",)):
        _downloads()
        _measurements()


def _tools(app: Application) -> None:
    controls = app.outline
    with html.Div(classes="d-flex flex-wrap align-center ga-2 my-2"):
        with v.VBtnToggle(v_model=("tool",), mandatory=True, density="compact"):
            icon_button("mdi-cursor-default", "Look", value=LOOK, id="look")
            icon_button("mdi-brush", "Paint", value=PAINT, id="paint")
            icon_button("mdi-eraser", "Erase", value=ERASE, id="erase")
        icon_button("mdi-undo", "Undo", click=controls.undo, disabled=("!can_undo",), id="undo")
        icon_button("mdi-redo", "Redo", click=controls.redo, disabled=("!can_redo",), id="redo")
        icon_button("mdi-target", "Go to the largest slice", click=controls.largest_slice, id="largest")
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
    _box("diameters", "Longest and perpendicular diameter")
    _box("contours", "Contours at .2, .5 and .8")


def _measurements() -> None:
    with html.Div(classes="d-flex flex-wrap align-center ga-2 mt-4"):
        html.H3("Measurements", classes="text-subtitle-1")
        v.VSpacer()
        v.VBtn(
            "{{ copied ? 'Copied' : 'Copy' }}",
            size="small",
            variant="text",
            click="window.lggsegCopy(table_text).then((done) => { copied = done })",
            disabled=("outdated",),
            id="copy",
        )
    _box("definitions", "Definitions")
    with v.VTable(density="compact", id="measurements", raw_attrs=[''':class="{'lggseg-outdated': outdated}"''']):
        with html.Thead(), html.Tr():
            for key, title in _COLUMNS:
                order = f"sort_key === '{key}' ? (sort_way > 0 ? 'ascending' : 'descending') : 'none'"
                with html.Th(scope="col", raw_attrs=[f':aria-sort="{order}"']):
                    turn = f"sort_way = sort_key === '{key}' ? -sort_way : 1; sort_key = '{key}'"
                    html.Button(title, click=turn, type="button")
        rows = "row in window.lggsegSorted(measurements, sort_key, sort_way)"
        with html.Tbody(), html.Tr(v_for=rows, key="row.key", raw_attrs=[':title="row.definition"']):
            with html.Td():
                html.Span("{{ row.label }}", classes="lggseg-label")
                html.Span("{{ row.definition }}", v_if=("definitions",), classes="lggseg-definition")
            html.Td("{{ row.value }}", classes="text-right", raw_attrs=[':data-key="row.key"'])
            html.Td("{{ row.unit }}")


def _downloads() -> None:
    html.H3("To take along", classes="text-subtitle-1 mt-4")
    with html.Ul(classes="lggseg-downloads"):
        for name, title, shown in (
            ("report.html", "Report (one file, opens offline)", ""),
            ("segmentation.nii.gz", "Mask, NIfTI", ""),
            ("segmentation.seg.nrrd", "Mask, for 3D Slicer", ""),
            (SEG_FILE, "Mask, DICOM SEG", "dicom"),
            (SR_FILE, "Measurements, DICOM SR (refers to that SEG)", "dicom"),
            ("probability.nrrd", "Probability", ""),
            ("measurements.csv", "Measurements, CSV", ""),
            ("report.json", "Record, JSON", ""),
            ("session.mrb", "Session, for 3D Slicer (volumes, outlines, tables)", ""),
        ):
            with html.Li(**({"v_if": (shown,)} if shown else {})):
                download(title, name)


def _box(name: str, label: str) -> None:
    v.VCheckbox(v_model=(name,), label=label, hide_details=True, density="compact", id=name)
