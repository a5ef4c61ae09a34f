"""Templates of notes, kept by the administrator for the evaluators of the agency."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.forms.note_templates import NoteTemplateForm
from assessments.models import NoteTemplate
from assessments.queries.note_templates import templates_of
from assessments.services.note_templates import save_note_template
from units.models import Agency
from units.views.manage_base import FormPage, administrator, form_page, manage_view, page, page_of, sent


@manage_view("GET")
def note_templates(request: HttpRequest, agency: Agency) -> HttpResponse:
    return page(
        request,
        agency,
        "assessments/manage_note_templates.html",
        section="manage_note_templates",
        title=_("Templat catatan"),
        lead=_("Teks yang sering dipakai TPI. Disisipkan sebagai teks biasa pada catatan di meja TPI."),
        context={"rows": page_of(request, templates_of(agency)), "query": ""},
    )


@manage_view("GET", "POST")
def note_template_new(request: HttpRequest, agency: Agency) -> HttpResponse:
    return _form(request, agency, None)


@manage_view("GET", "POST")
def note_template(request: HttpRequest, agency: Agency, pk: int) -> HttpResponse:
    return _form(request, agency, get_object_or_404(NoteTemplate, agency=agency, pk=pk))


def _form(request: HttpRequest, agency: Agency, row: NoteTemplate | None) -> HttpResponse:
    form = NoteTemplateForm(sent(request), instance=row, fixed={"agency": agency})
    return form_page(
        request,
        agency,
        (form,),
        lambda: save_note_template(
            template=row, agency=agency, values=form.row_values(), actor=administrator(request), now=timezone.now()
        ),
        about=FormPage(
            section="manage_note_templates",
            title=_("Ubah templat") if row else _("Templat baru"),
            done=_("Templat sudah disimpan."),
            next_url=reverse("manage_note_templates", args=[agency.code]),
        ),
    )
