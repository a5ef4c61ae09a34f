"""Templates of notes: kept by the administrator, filled in as plain text, offered to evaluators of the agency."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from assessments.models import NoteTemplate
from assessments.queries.instruments import instrument_value
from assessments.queries.note_templates import filled, names_for, note_templates
from assessments.services.note_templates import UnknownName, save_note_template
from assessments.services.texts import TextRefused
from tests import factories
from tests.units.ladder import Write, check_reader, check_stranger, check_visitor, check_works
from units.models import AuditEvent

VALUES = {"title": "Bukti kurang", "text": "Bukti {kode} belum cukup.", "position": 1, "is_active": True}
FORM = VALUES | {"is_active": "on"}


def template(cast, **values):
    now = timezone.now()
    return NoteTemplate.objects.create(agency=cast.agency, updated_by=cast.admin, updated_at=now, **VALUES | values)


def save(cast, row=None, actor=None, **values):
    return save_note_template(
        template=row, agency=cast.agency, values=VALUES | values, actor=actor or cast.admin, now=timezone.now()
    )


WRITES = [
    Write("manage_note_template_new", "note_template.create", data=lambda _cast: FORM),
    Write(
        "manage_note_template",
        "note_template.update",
        where=lambda cast: {"pk": NoteTemplate.objects.get(agency=cast.agency).pk},
        data=lambda _cast: FORM | {"title": "Judul lain"},
    ),
]


@pytest.mark.parametrize("write", WRITES, ids=[write.name for write in WRITES])
def test_write_view_climbs_the_ladder(write, cast):
    if write.name == "manage_note_template":
        template(cast)
    for check in (check_stranger, check_reader, check_visitor, check_works):
        check(write, cast)


def test_template_of_another_agency_is_unknown(cast, as_user):
    elsewhere = factories.AgencyFactory()
    other = NoteTemplate.objects.create(agency=elsewhere, updated_by=cast.admin, updated_at=timezone.now(), **VALUES)
    url = reverse("manage_note_template", args=[cast.agency.code, other.pk])
    assert as_user(cast.admin).post(url, FORM).status_code == 404


def test_template_is_written_once_with_one_audit_record(cast):
    assert save(cast) is True
    row = NoteTemplate.objects.get()
    assert save(cast, row) is False
    assert save(cast, row, text="Bukti {kode} tidak sesuai.\r\n\r\n", is_active=False) is True
    first, second = AuditEvent.objects.filter(object_type="assessments.notetemplate").order_by("pk")
    assert (first.verb, first.before, first.after["order"]) == ("note_template.create", None, 1)
    assert (second.verb, second.before, second.after) == (
        "note_template.update",
        {"text": "Bukti {kode} belum cukup.", "is_active": True},
        {"text": "Bukti {kode} tidak sesuai.", "is_active": False},
    )


@pytest.mark.parametrize("name", ["inspector", "lead", "operator", "foreign_inspector"])
def test_service_refuses_everybody_but_the_administrator(cast, name):
    with pytest.raises(PermissionDenied):
        save(cast, actor=getattr(cast, name))
    assert NoteTemplate.objects.count() == 0


def test_unknown_names_and_unstorable_texts_are_refused(cast):
    with pytest.raises(UnknownName) as refusal:
        save(cast, text="{kode} {nama} {unit} {}")
    assert refusal.value.data["names"] == ["", "nama"]
    for text in ("a" * 2_001, "\x00"):
        with pytest.raises(TextRefused):
            save(cast, text=text)
    assert NoteTemplate.objects.count() == 0


@pytest.mark.parametrize("change", [{"title": ""}, {"text": ""}, {"text": "{nama}"}, {"position": "-1"}])
def test_form_says_what_is_wrong_and_keeps_what_was_typed(cast, as_user, change):
    url = reverse("manage_note_template_new", args=[cast.agency.code])
    answer = as_user(cast.admin).post(url, FORM | change)
    assert (answer.status_code, NoteTemplate.objects.count()) == (422, 0)
    assert 'value="Bukti kurang"' in answer.content.decode() or change == {"title": ""}


def test_title_is_used_once_in_an_agency(cast, as_user):
    template(cast)
    answer = as_user(cast.admin).post(reverse("manage_note_template_new", args=[cast.agency.code]), FORM)
    assert (answer.status_code, "Judul templat ini sudah dipakai." in answer.content.decode()) == (422, True)


@pytest.mark.parametrize("number", [1, 3])
def test_list_has_a_fixed_number_of_queries(cast, as_user, django_assert_num_queries, number):
    for place in range(number):
        template(cast, title=f"<b>{place}</b>", text="{unit} & <i>")
    client = as_user(cast.admin)
    with django_assert_num_queries(6):
        page = client.get(reverse("manage_note_templates", args=[cast.agency.code])).content.decode()
    assert page.count("{unit} &amp; &lt;i&gt;") == number
    assert "<b>0</b>" not in page


def test_evaluators_are_offered_what_is_in_use_in_order(cast, django_assert_num_queries):
    template(cast, title="B", position=2)
    template(cast, title="A", position=2)
    template(cast, title="Pertama", position=1)
    template(cast, title="Mati", is_active=False)
    with django_assert_num_queries(1):
        assert [row.title for row in note_templates(cast.agency.pk)] == ["Pertama", "A", "B"]
    assert note_templates(cast.agency.pk + 1_000) == ()


def test_names_are_filled_in_once_and_as_plain_text(assessment):
    question = instrument_value(assessment.period.instrument).question("A.I.1.i.a")
    names = names_for(assessment, question) | {"unit": "<b>{kode}</b>"}
    assert filled("{unit}: {kode}, {periode}. {lain} {pertanyaan}", names) == (
        f"<b>{{kode}}</b>: A.I.1.i.a, TW II 2024. {{lain}} {question.text}"
    )
