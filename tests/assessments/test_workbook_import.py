"""Taking a filled worksheet over: upload, preview by cell, apply all or nothing (REL-31, REL-32)."""

import json
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.exporters.worksheet import export_workbook
from assessments.importers.instrument_file import read_instrument_file
from assessments.models import Answer, AnswerCopy, AnswerRevision, Assessment, WorkbookImport
from assessments.queries.workbook_import import preview_of
from assessments.services.answers import NotNoted, VersionMissing, save_answer
from assessments.services.transitions import Closed, WrongState
from assessments.services.workbook_import import (
    ChangedSince,
    NothingToImport,
    Wish,
    WrongOrigin,
    apply_import,
    refuse_foreign,
)
from tests import factories
from tests.assessments.importers.sheets import content, filled, upload
from tests.scoring.conftest import FILE
from units.models import AuditEvent

YES, ABC, RATIO, INDEX = "A.I.1.i.a", "A.I.1.i.b", "A.II.1.i.a", "B.I.a"


@pytest.fixture(scope="module")
def lke():
    return read_instrument_file(FILE)


@pytest.fixture
def url(assessment):
    def path(name="", found=None):
        where = {"agency": assessment.unit.agency.code, "unit": assessment.unit.code, "period": "2024-2"}
        return reverse(f"workbook_import{name}", kwargs=where | ({"found": found.uuid} if found else {}))

    return path


@pytest.fixture
def waiting(assessment, cast):
    """An import of these answers and notes that waits for its decision."""

    def keep(answers=None, notes=None, **more):
        found = factories.workbook_import(assessment, cast.operator, answers, notes)
        found.content |= more
        found.save(update_fields=("content",))
        return found

    return keep


@pytest.fixture
def shown(assessment, cast):
    """The preview as somebody sees it now."""

    def show(found, user=None):
        return preview_of(
            found.content, Assessment.objects.get(pk=assessment.pk), user or cast.operator, timezone.now()
        )

    return show


@pytest.fixture
def apply(cast, shown):
    def apply(found, mode="fill", *, actor=None, now=None, seen=..., with_stale=False):
        actor = actor or cast.operator
        versions = shown(found, actor).versions if seen is ... else seen
        wish = Wish(mode, versions, with_stale=with_stale)
        return apply_import(found=found, wish=wish, actor=actor, now=now or timezone.now())

    return apply


def statuses(preview):
    return {line.code: line.status.value for line in preview.lines if line.status not in ("empty", "same")}


def stored(assessment):
    rows = Answer.objects.filter(assessment=assessment, stage="unit").select_related("question")
    return {row.question.code: (row.raw, row.note, row.version) for row in rows}


def stamp(assessment, **more):
    usual = {
        "instrument": "permenpanrb-90-2021",
        "instrument_version": 1,
        "fingerprint": "",
        "agency": assessment.unit.agency.code,
        "unit": assessment.unit.code,
        "period": "2024-2",
        "exported_at": "2024-06-01T00:00:00+00:00",
        "versions": {},
    }
    return usual | more


# What the preview says


def test_every_question_has_one_status_and_counts_reconcile(assessment, waiting, shown):
    factories.answer(assessment, YES, "Tidak")
    factories.answer(assessment, INDEX, {"index": "3.72", "respondents": 45})
    found = waiting(
        {YES: "Ya", ABC: "B", INDEX: "3.72"},
        problems=[{"cell": "K11", "value": "x", "reason": "unknown_option", "code": "A.I.1.ii.a"}],
        missing=["A.I.1.ii.b"],
    )
    preview = shown(found)
    assert statuses(preview) == {YES: "changed", ABC: "new", "A.I.1.ii.a": "rejected", "A.I.1.ii.b": "missing"}
    assert (sum(preview.counts.values()), preview.counts["same"], preview.counts["empty"]) == (113, 1, 108)


def test_blank_parts_of_the_sheet_erase_nothing(assessment, waiting, shown):
    factories.answer(assessment, RATIO, {"agents": 4, "changes": 3}, note="milik unit")
    factories.answer(assessment, YES, "Ya")
    found = waiting({RATIO: {"agents": 5}})
    (take,) = shown(found).takes("overwrite")
    assert dict(take.answer.values) == {"agents": 5, "changes": 3}
    assert (take.note, shown(found).takes("fill")) == (None, ())


def test_filling_completes_counts_that_are_partly_there(assessment, waiting, shown):
    factories.answer(assessment, RATIO, {"agents": 4})
    preview = shown(waiting({RATIO: {"agents": 5, "changes": 3}}))
    (filling,) = preview.takes("fill")
    assert dict(filling.answer.values) == {"agents": 4, "changes": 3}
    assert statuses(preview) == {RATIO: "changed"}


def test_row_saved_after_the_export_is_stale_and_left_alone_unless_asked_for(assessment, waiting, shown):
    factories.answer(assessment, YES, "Tidak")
    Answer.objects.update(version=3)
    older = waiting({YES: "Ya", ABC: "B"}, stamp=stamp(assessment, versions={YES: 2}))
    preview = shown(older)
    assert statuses(preview) == {YES: "stale", ABC: "new"}
    assert [take.line.code for take in preview.takes("overwrite")] == [ABC]
    assert [take.line.code for take in preview.takes("overwrite", with_stale=True)] == [YES, ABC]
    current = waiting({YES: "Ya"}, stamp=stamp(assessment, versions={YES: 3}))
    assert statuses(shown(current)) == {YES: "changed"}


def test_stamp_of_another_period_says_nothing_about_versions(assessment, waiting, shown):
    factories.answer(assessment, YES, "Tidak")
    preview = shown(waiting({YES: "Ya"}, stamp=stamp(assessment, period="2024-1")))
    assert (preview.same_period, statuses(preview)) == (False, {YES: "changed"})


@pytest.mark.parametrize("other", [{"unit": "unit-lain"}, {"agency": "lain"}, {"instrument": "lain"}])
def test_workbook_of_another_place_is_refused(assessment, other):
    with pytest.raises(WrongOrigin):
        refuse_foreign(assessment, stamp(assessment, **other))


def test_area_of_another_pokja_is_locked(assessment, cast, waiting, shown):
    pokja = factories.member_of(cast.unit_a, areas="1")
    preview = shown(waiting({YES: "Ya", "A.I.2.i.a": "A"}), pokja)
    assert statuses(preview) == {YES: "new", "A.I.2.i.a": "locked"}
    assert list(preview.versions) == [YES]


def test_note_that_cannot_be_stored_is_rejected_with_its_cell(waiting, shown):
    preview = shown(waiting(notes={YES: "x" * 5001, ABC: "baik"}))
    assert [(flaw.cell, flaw.reason, flaw.code) for flaw in preview.flaws] == [("O1", "note_not_storable", YES)]
    assert statuses(preview) == {YES: "rejected", ABC: "new"}


# The service


def test_import_writes_answers_notes_and_their_history(assessment, cast, waiting, apply):
    factories.answer(assessment, YES, "Tidak", note="tetap")
    found = apply(waiting({YES: "Ya", ABC: "b", INDEX: "3.5"}, {ABC: "dari lembar"}), "overwrite")
    assert stored(assessment) == {
        YES: ("Ya", "tetap", 2),
        ABC: ("B", "dari lembar", 1),
        INDEX: ({"index": "3.5"}, "", 1),
    }
    revisions = AnswerRevision.objects.filter(answer__assessment=assessment).order_by("answer__question__position")
    assert [(row.raw, row.note, row.version, row.origin, row.by) for row in revisions] == [
        ("Ya", "tetap", 2, "imported", cast.operator),
        ("B", "dari lembar", 1, "imported", cast.operator),
        ({"index": "3.5"}, "", 1, "imported", cast.operator),
    ]
    assert (found.mode, found.applied_by, found.outcome["answers"], found.outcome["notes"]) == (
        "overwrite",
        cast.operator,
        3,
        1,
    )
    assert set(Answer.objects.values_list("updated_by", "round")) == {(cast.operator.pk, 1)}


def test_import_is_one_audit_record_with_every_change(assessment, cast, waiting, apply):
    factories.answer(assessment, YES, "Tidak", note="lama")
    apply(waiting({YES: "Ya", ABC: "B"}), "overwrite")
    (event,) = AuditEvent.objects.filter(verb="import.apply")
    assert event.before == {"answers": [{"question": YES, "answer": "Tidak", "note": "lama", "version": 1}]}
    assert event.after["answers"] == [
        {"question": YES, "answer": "Ya", "note": "lama", "version": 2},
        {"question": ABC, "answer": "B", "note": "", "version": 1},
    ]
    assert (event.after["mode"], event.actor, event.unit) == ("overwrite", cast.operator, assessment.unit)


def test_filling_leaves_what_stands(assessment, waiting, apply):
    factories.answer(assessment, YES, "Tidak", note="")
    apply(waiting({YES: "Ya", ABC: "B"}, {YES: "catatan baru"}), "fill")
    assert stored(assessment) == {YES: ("Tidak", "catatan baru", 2), ABC: ("B", "", 1)}


def test_import_is_applied_once(assessment, cast, waiting, apply):
    found = waiting({YES: "Ya"})
    first = apply(found)
    save_answer(assessment=assessment, code=YES, given="Tidak", note="", version=1, actor=cast.head, now=timezone.now())
    Assessment.objects.update(state="submitted")
    again = apply(found, "overwrite", seen={YES: 0}, actor=cast.head)
    assert (again.applied_at, again.applied_by, again.mode) == (first.applied_at, cast.operator, "fill")
    assert stored(assessment)[YES] == ("Tidak", "", 2)
    assert AuditEvent.objects.filter(verb="import.apply").count() == 1


def test_save_between_preview_and_apply_stops_everything(assessment, cast, waiting, apply, shown):
    found = waiting({YES: "Ya", ABC: "B"})
    seen = shown(found).versions
    save_answer(assessment=assessment, code=ABC, given="C", note="", version=0, actor=cast.head, now=timezone.now())
    with pytest.raises(ChangedSince) as caught:
        apply(found, "overwrite", seen=seen)
    assert caught.value.data == {"codes": [ABC]}
    assert stored(assessment) == {ABC: ("C", "", 1)}
    assert WorkbookImport.objects.get().applied_at is None


def test_right_lost_between_preview_and_apply_stops_everything(assessment, cast, waiting, apply, shown):
    found = waiting({YES: "Ya", "A.I.2.i.a": "A"})
    seen = shown(found).versions
    cast.operator.memberships.update(areas="1")
    with pytest.raises(ChangedSince) as caught:
        apply(found, seen=seen, actor=type(cast.operator).objects.get(pk=cast.operator.pk))
    assert (caught.value.data["codes"], stored(assessment)) == (["A.I.2.i.a"], {})


def test_import_settles_waiting_copies(assessment, cast, waiting, apply):
    other = factories.AssessmentFactory(unit=cast.unit_a, period=factories.PeriodFactory(agency=cast.agency, quarter=1))
    for code in (YES, ABC):
        AnswerCopy.objects.create(
            assessment=assessment,
            question_id=factories.question_id(assessment, code),
            source=other,
            copied_by=cast.operator,
            copied_at=timezone.now(),
        )
    apply(waiting({YES: "Ya"}))
    assert [copy.question.code for copy in AnswerCopy.objects.all()] == [ABC]


def test_returned_round_opens_noted_questions_only(assessment, cast, waiting, apply, shown):
    factories.note(assessment, YES, cast.member, for_release=True, released_at=timezone.now())
    Assessment.objects.update(state="returned", round=2)
    found = waiting({YES: "Ya", ABC: "B"})
    assert statuses(shown(found)) == {YES: "new", ABC: "locked"}
    apply(found)
    assert stored(assessment) == {YES: ("Ya", "", 1)}
    assert Answer.objects.get().round == 2
    with pytest.raises(NotNoted):
        save_answer(
            assessment=assessment, code=ABC, given="B", note="", version=0, actor=cast.operator, now=timezone.now()
        )


@pytest.mark.parametrize(
    ("state", "days", "refusal"), [("submitted", 0, WrongState), ("final", 0, WrongState), ("draft", 40, Closed)]
)
def test_closed_worksheet_takes_nothing(assessment, cast, waiting, apply, state, days, refusal):
    found = waiting({YES: "Ya"})
    final = {"finalised_at": timezone.now(), "finalised_by": cast.controller} if state == "final" else {}
    Assessment.objects.update(state=state, **final)
    with pytest.raises(refusal):
        apply(found, seen={YES: 0}, now=timezone.now() + timedelta(days=days))
    assert stored(assessment) == {}


def test_service_asks_for_the_role_and_the_versions(waiting, apply, cast):
    found = waiting({YES: "Ya"})
    for person in (cast.member, cast.inspector, cast.stranger, cast.assistant):
        with pytest.raises(PermissionDenied):
            apply(found, seen={YES: 0}, actor=person)
    with pytest.raises(VersionMissing):
        apply(found, seen=None)
    with pytest.raises(NothingToImport):
        apply(waiting({}))


# The pages


def test_upload_is_kept_and_previewed(assessment, cast, as_user, url, lke):
    book = filled(lke, {YES: "Ya", RATIO: {"agents": 4, "changes": 3}}, {YES: "catatan"})
    book.put(ABC, "xyz")
    response = as_user(cast.operator).post(url(), {"berkas": upload(book)})
    found = WorkbookImport.objects.get()
    assert (response.status_code, response["Location"]) == (302, url("_preview", found))
    assert (found.original_name, found.uploaded_by, found.applied_at) == ("lke unit kami.xlsx", cast.operator, None)
    assert default_storage.size(found.file.name) > 1000
    assert found.content["answers"] == {YES: "Ya", RATIO: {"agents": 4, "changes": 3}}
    assert found.content["notes"][YES]["text"] == "catatan"
    (event,) = AuditEvent.objects.filter(verb="import.upload")
    assert (event.actor, event.unit, event.after["name"]) == (cast.operator, assessment.unit, "lke unit kami.xlsx")
    page = as_user(cast.operator).get(response["Location"])
    assert page.context["preview"].counts["new"] == 2
    assert [(flaw.cell, flaw.code) for flaw in page.context["preview"].flaws] == [(book.answer(ABC), ABC)]
    assert b"Pilih salah satu huruf" in page.content


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "bukan hasil ekspor portal"),
        ({"stamped": True}, "Cap asal lembar ini rusak"),
        ({"stamp": {"period": "2024-1"}}, "diekspor dari periode 2024-1"),
        ({"stamp": {"fingerprint": "lain"}}, "versi instrumen lain"),
    ],
)
def test_preview_tells_where_the_sheet_comes_from(assessment, cast, as_user, url, waiting, more, said):
    if "stamp" in more:
        more = {"stamp": stamp(assessment, **more["stamp"])}
    page = as_user(cast.operator).get(url("_preview", waiting({YES: "Ya"}, **more)))
    assert said in page.content.decode()


def test_same_file_sent_twice_is_one_import(cast, as_user, url, lke):
    raw = filled(lke, {YES: "Ya"}).bytes()
    targets = {as_user(cast.operator).post(url(), {"berkas": upload(raw)})["Location"] for _ in range(2)}
    uploads = AuditEvent.objects.filter(verb="import.upload").count()
    assert (len(targets), WorkbookImport.objects.count(), uploads) == (1, 1, 1)


def test_preview_is_applied_by_its_form(assessment, cast, as_user, url, waiting):
    found = waiting({YES: "Ya", ABC: "B"})
    client = as_user(cast.operator)
    versions = client.get(url("_preview", found)).context["versions"]
    response = client.post(url("_apply", found), {"mode": "fill", "versi": versions})
    assert (response.status_code, response["Location"]) == (302, url("_preview", found))
    assert stored(assessment) == {YES: ("Ya", "", 1), ABC: ("B", "", 1)}
    done = client.get(response["Location"])
    assert b"Tersimpan: 2 jawaban dan 0 catatan." in done.content
    again = client.post(url("_apply", found), {"mode": "overwrite", "versi": versions})
    assert (again.status_code, AuditEvent.objects.filter(verb="import.apply").count()) == (302, 1)


def test_exported_workbook_with_one_change_is_previewed_as_one_change(assessment, cast, as_user, url, lke):
    factories.answer(assessment, YES, "Ya", note="catatan")
    factories.answer(assessment, ABC, "B")
    raw = export_workbook(assessment, cast.operator, timezone.now())
    Answer.objects.filter(question__code=ABC).update(choice="C", version=2)
    client = as_user(cast.operator)
    page = client.get(client.post(url(), {"berkas": upload(raw)})["Location"])
    assert statuses(page.context["preview"]) == {ABC: "stale"}
    assert "Diubah di portal sejak lembar diekspor" in page.content.decode()


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("lke.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Jenis berkas ini tidak diterima"),
        ("lke.pdf", b"%PDF-1.4", "Jenis berkas ini tidak diterima"),
        ("lke.xlsx", b"", "kosong"),
        ("lke.xlsx", b"PK\x03\x04rusak", "bukan buku kerja Excel"),
    ],
)
def test_file_that_is_no_worksheet_is_refused_with_its_reason(cast, as_user, url, name, raw, said):
    response = as_user(cast.operator).post(url(), {"berkas": upload(raw, name)})
    assert (response.status_code, WorkbookImport.objects.count()) == (422, 0)
    assert said in response.content.decode()


def test_worksheet_takes_so_many_imports_a_day(assessment, cast, as_user, url, lke, waiting, storage):
    """Stored workbooks count in no quota: fifty within 24 hours, whoever sends them."""
    for _ in range(50):
        last = waiting({YES: "Ya"})
    raw = filled(lke, {YES: "Ya"}).bytes()
    refused = as_user(cast.head).post(url(), {"berkas": upload(raw)})
    assert (refused.status_code, refused["Retry-After"]) == (429, "86400")
    assert (WorkbookImport.objects.count(), [path for path in storage.rglob("*") if path.is_file()]) == (50, [])
    WorkbookImport.objects.filter(pk=last.pk).update(uploaded_at=timezone.now() - timedelta(days=1, seconds=1))
    assert as_user(cast.head).post(url(), {"berkas": upload(raw)}).status_code == 302


def test_worksheet_with_a_hidden_macro_sheet_is_not_kept(cast, as_user, url, lke, storage):
    raw = BytesIO(filled(lke, {YES: "Ya"}).bytes())
    with zipfile.ZipFile(raw, "a") as package:
        package.writestr("xl/macrosheets/sheet1.xml", "<a/>")
    response = as_user(cast.operator).post(url(), {"berkas": upload(raw.getvalue())})
    assert (response.status_code, WorkbookImport.objects.count()) == (422, 0)
    assert "Berkas ini memuat makro." in response.content.decode()
    assert [path for path in storage.rglob("*") if path.is_file()] == []


def test_workbook_of_another_unit_is_refused(assessment, assessment_b, cast, as_user, url):
    raw = export_workbook(assessment_b, None, timezone.now())
    response = as_user(cast.operator).post(url(), {"berkas": upload(raw)})
    assert (response.status_code, WorkbookImport.objects.count()) == (422, 0)
    assert "unit lain" in response.content.decode()


def test_conflict_shows_a_new_preview_and_names_what_changed(assessment, cast, as_user, url, waiting):
    found = waiting({YES: "Ya", ABC: "B"})
    client = as_user(cast.operator)
    versions = client.get(url("_preview", found)).context["versions"]
    factories.answer(assessment, ABC, "C", by=cast.head)
    response = client.post(url("_apply", found), {"mode": "overwrite", "versi": versions})
    assert (response.status_code, response.context["since"]) == (409, [ABC])
    assert json.loads(response.context["versions"]) == {YES: 0, ABC: 1}
    assert stored(assessment) == {ABC: ("C", "", 1)}


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 422),
        ({"mode": "semua", "versi": "{}"}, 422),
        ({"mode": "fill"}, 428),
        ({"mode": "fill", "versi": "[]"}, 428),
        ({"mode": "fill", "versi": '{"A.I.1.i.a": "0"}'}, 428),
        ({"mode": "fill", "versi": "{"}, 428),
    ],
)
def test_form_without_choice_or_versions_is_refused(cast, as_user, url, waiting, data, status):
    found = waiting({YES: "Ya"})
    response = as_user(cast.operator).post(url("_apply", found), data)
    assert (response.status_code, Answer.objects.count()) == (status, 0)


def test_strangers_get_404_and_readers_403(cast, as_user, url, waiting):
    found = waiting({YES: "Ya"})
    calls = [("get", url()), ("post", url()), ("get", url("_preview", found)), ("post", url("_apply", found))]
    for person, status in ((cast.stranger, 404), (cast.other_member, 404), (cast.member, 403), (cast.assistant, 403)):
        assert {getattr(as_user(person), method)(path).status_code for method, path in calls} == {status}


def test_import_of_another_worksheet_is_not_found(assessment_b, cast, as_user, url):
    found = factories.workbook_import(assessment_b, cast.stranger, {YES: "Ya"})
    client = as_user(cast.operator)
    assert client.get(url("_preview", found)).status_code == 404
    assert client.post(url("_apply", found), {"mode": "fill", "versi": "{}"}).status_code == 404


@pytest.mark.parametrize("days", [-20, 30])
def test_closed_phase_answers_409_and_shows_why(assessment, cast, as_user, url, waiting, lke, days):
    found = waiting({YES: "Ya"})
    shift = timedelta(days=-days)
    period = assessment.period
    period.fill_from, period.fill_until = period.fill_from + shift, period.fill_until + shift
    period.review_until += shift
    period.save()
    client = as_user(cast.operator)
    assert client.post(url(), {"berkas": upload(filled(lke, {YES: "Ya"}))}).status_code == 409
    assert client.post(url("_apply", found), {"mode": "fill", "versi": f'{{"{YES}": 0}}'}).status_code == 409
    page = client.get(url())
    assert (page.status_code, b'name="berkas"' in page.content, b'class="locked"' in page.content) == (200, False, True)
    assert (stored(assessment), WorkbookImport.objects.count()) == ({}, 1)


def test_wrong_methods_are_refused(cast, as_user, url, waiting):
    client, found = as_user(cast.operator), waiting({YES: "Ya"})
    assert client.put(url()).status_code == 405
    assert client.post(url("_preview", found)).status_code == 405
    assert client.get(url("_apply", found)).status_code == 405


CODES = (YES, ABC, "A.I.1.ii.a")


@pytest.mark.parametrize("count", [1, 3])
def test_pages_and_writes_run_a_fixed_number_of_queries(cast, as_user, url, waiting, count):
    found = waiting(dict.fromkeys(CODES[:count], "Ya") | ({ABC: "B"} if count > 1 else {}))
    client = as_user(cast.operator)
    with CaptureQueriesContext(connection) as page:
        versions = client.get(url("_preview", found)).context["versions"]
    with CaptureQueriesContext(connection) as write:
        client.post(url("_apply", found), {"mode": "fill", "versi": versions})
    with CaptureQueriesContext(connection) as form:
        client.get(url())
    assert (said(page), said(write), said(form)) == (6, 13, 5)


def said(captured):
    """Statements without transaction control."""
    return sum(
        not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")) for query in captured
    )


def test_content_of_a_workbook_fits_its_preview(lke, assessment, cast):
    book = filled(lke, {YES: "Ya"}, {YES: "ada"})
    book.sheet.cell(book.rows["A.I.1.i"], 15).value = "catatan di judul"
    found = content(book.bytes(), lke)
    preview = preview_of(found, assessment, cast.operator, timezone.now())
    assert [(flaw.value, flaw.reason) for flaw in preview.leftovers] == [("catatan di judul", "note_without_question")]
    assert (found["rows"], found["placed"]) == (137, 137)


def test_content_keeps_no_more_of_a_long_text_than_is_shown(lke):
    """Many cells may share one text of 32,767 characters: the file is small, what is made of it would not be."""
    book, long = filled(lke, {YES: "Ya"}), "x" * 32_767
    book.put(ABC, long)
    for column in (15, 16):
        book.sheet.cell(book.rows["A.I.1.i"], column).value = long
    book.sheet.cell(book.rows[YES], 16).value = long
    found = content(book.bytes(), lke)
    values = [item["value"] for item in found["problems"] + found["leftovers"]] + found["proofs"][YES]
    assert {len(value) for value in values} == {300}
    assert len(values) == 4
