"""The page's part for time points: rows with days, treatments, growth with its plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trame.widgets import html
from trame.widgets import vuetify3 as v

from lggseg.growth.timeline import TREATMENT_KINDS
from lggseg_app.widgets import download, icon_button

if TYPE_CHECKING:
    from lggseg_app.application import Application


def build(app: Application) -> None:
    """Build it."""
    with html.Section(v_if=("has_result || patients.length",), id="time-points", classes="mt-4"):
        with html.Div(classes="d-flex flex-wrap align-center ga-2"):
            html.H3("Time points", classes="text-subtitle-1")
            v.VSpacer()
            v.VBtn(
                "{{ is_time_point ? 'Update this one' : 'Add this one' }}",
                v_if=("has_result",),
                click=(app.series.add, "[]"),
                size="small",
                id="add-time-point",
                disabled=("running",),
            )
        hint = "Add this outline, then open the next study of the patient: those added stay open, and growth is judged."
        html.P(hint, v_if=("!patients.length",), classes="text-body-2")
        _question(app)
        with html.Div(v_for="patient in patients", key="patient.id", classes="lggseg-patient"):
            html.H4("{{ patient.title }}", v_if=("patients.length > 1",))
            _rows(app)
            _treatments(app)
            _growth(app)
        app.trigger("close_all", app.close_all)
        v.VBtn(
            "Close all studies",
            v_if=("patients.length",),
            click="window.confirm('Close all studies and their outlines? What was not taken along is lost.')"
            " && trigger('close_all')",
            size="small",
            variant="text",
            classes="mt-2",
            id="close-all",
            disabled=("running",),
        )


def _question(app: Application) -> None:
    with v.VAlert(v_if=("whose.length",), type="info", variant="tonal", density="compact", id="whose", classes="my-2"):
        html.P("Nothing tells whose study this is. Whose is it?")
        with html.Div(classes="d-flex flex-wrap ga-2"):
            v.VBtn(
                "{{ one.title }}",
                v_for="one in whose",
                key="one.value",
                size="small",
                click=(app.series.add, "[one.value]"),
                raw_attrs=[':data-patient="one.value"'],
            )


def _rows(app: Application) -> None:
    with v.VTable(density="compact", classes="lggseg-points"):
        with html.Thead(), html.Tr():
            html.Th("Study", scope="col")
            html.Th("Day", scope="col")
            html.Th("ml", scope="col", classes="text-right")
            with html.Th(scope="col"):
                html.Span("Remove", classes="lggseg-unseen")
        with html.Tbody(), html.Tr(v_for="row in patient.rows", key="row.id"):
            with html.Td():
                html.Button(
                    "{{ row.name }}",
                    type="button",
                    click=(app.series.show, "[row.id]"),
                    disabled=("running || row.id === shown_id",),
                    raw_attrs=[":title=\"row.id === shown_id ? 'This one is shown' : 'Show this one'\""],
                )
                html.Span(" changed by hand", v_if=("row.edited",))
            with html.Td():
                html.Input(
                    type="date",
                    value=("row.date",),
                    change=(app.series.set_day, "[row.id, $event.target.value]"),
                    raw_attrs=[":aria-label=\"'Day of ' + row.name\""],
                )
            html.Td("{{ row.volume }}", classes="text-right")
            with html.Td():
                icon_button(
                    "mdi-close", "Remove this time point", click=(app.series.remove, "[row.id]"), variant="text"
                )


def _treatments(app: Application) -> None:
    with html.Details():
        html.Summary("Treatments ({{ patient.treatments.length || 'none stated' }})")
        with html.Ul(classes="ml-4"), html.Li(v_for="(one, number) in patient.treatments", key="number"):
            html.Span("{{ one.title }} ")
            icon_button(
                "mdi-close", "Remove this treatment", click=(app.series.untreat, "[patient.id, number]"), variant="text"
            )
        with html.Div(classes="d-flex flex-wrap align-center ga-2 my-1"):
            html.Input(type="date", v_model=("treated",), raw_attrs=['aria-label="Day of the treatment"'])
            with html.Select(v_model=("treatment",), raw_attrs=['aria-label="Kind of treatment"']):
                for kind in TREATMENT_KINDS:
                    html.Option(kind, value=kind)
            v.VBtn(
                "Add",
                size="small",
                click=(app.series.treat, "[patient.id, treated, treatment]"),
                disabled=("!treated",),
            )


def _growth(app: Application) -> None:
    with html.Div(v_if=("patient.outdated",), classes="my-2"):
        html.P("An outline or a day was changed since growth was judged.", classes="lggseg-warn text-body-2")
        v.VBtn("Judge growth again", click=app.series.judge, size="small", classes="lggseg-judge")
    html.P("{{ patient.problem }}", v_if=("patient.problem",), classes="lggseg-warn lggseg-problem text-body-2 my-2")
    with html.Div(v_if=("patient.sentences.length",), classes="lggseg-growth"):
        html.P("{{ sentence }}", v_for="sentence in patient.sentences", key="sentence", classes="lggseg-sentence")
        with html.Ul(classes="ml-4 mb-2 text-body-2"):
            html.Li("{{ note }}", v_for="note in patient.notes", key="note")
        html.Div(v_for="(plot, number) in patient.plots", key="number", v_html=("plot",), classes="lggseg-plot")
        query = "'?patient=' + patient.id"
        with html.Ul(classes="lggseg-downloads"):
            with html.Li():
                download("Growth: page with criteria and aligned pictures", "growth.html", query)
            with html.Li():
                download("Growth: page, tables, maps of change (zip)", "growth.zip", query)
