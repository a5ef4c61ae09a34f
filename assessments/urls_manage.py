"""Administrator: the first page, periods, prerequisites, instruments. The rest: units/urls_manage.py."""

from django.urls import path

from assessments.views import (
    manage_instruments,
    manage_note_templates,
    manage_periods,
    manage_prerequisites,
    manage_start,
)

urlpatterns = [
    path("", manage_start.home, name="manage_home"),
    path("<slug:agency>/", manage_start.start, name="manage_start"),
    path("<slug:agency>/periode/", manage_periods.periods, name="manage_periods"),
    path("<slug:agency>/periode-baru/", manage_periods.period_new, name="manage_period_new"),
    path("<slug:agency>/periode/<int:year>-<int:quarter>/", manage_periods.period, name="manage_period"),
    path("<slug:agency>/periode/<int:year>-<int:quarter>/tenggat/", manage_periods.deadlines, name="manage_deadlines"),
    path(
        "<slug:agency>/periode/<int:year>-<int:quarter>/unit/",
        manage_periods.period_units,
        name="manage_period_units",
    ),
    path(
        "<slug:agency>/syarat/<int:year>/",
        manage_prerequisites.agency_prerequisites,
        name="manage_agency_prerequisites",
    ),
    path(
        "<slug:agency>/unit/<slug:unit>/syarat/<int:year>/",
        manage_prerequisites.unit_prerequisites,
        name="manage_unit_prerequisites",
    ),
    path("<slug:agency>/instrumen/", manage_instruments.instruments, name="manage_instruments"),
    path("<slug:agency>/instrumen/<slug:code>/<int:version>/", manage_instruments.instrument, name="manage_instrument"),
    path("<slug:agency>/templat-catatan/", manage_note_templates.note_templates, name="manage_note_templates"),
    path(
        "<slug:agency>/templat-catatan-baru/", manage_note_templates.note_template_new, name="manage_note_template_new"
    ),
    path("<slug:agency>/templat-catatan/<int:pk>/", manage_note_templates.note_template, name="manage_note_template"),
]
