"""Field visits: recorded by TPI in its turn, findings with photos, hidden from the unit until they are released."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from assessments.models import Assessment, Note, NoteFile, NoteMessage, Preview, PreviewPage, Visit
from assessments.queries.visits import findings_beside, released_findings, visits_of
from assessments.services.answers import VersionMissing
from assessments.services.evaluation import save_score
from assessments.services.notes import NoteReleased
from assessments.services.previews import make_preview
from assessments.services.score_drafts import Given, ScoreDraft
from assessments.services.threads import BlindScoring
from assessments.services.transitions import Closed, WrongState
from assessments.services.visits import (
    PHOTOS_MAX,
    FindingDiscussed,
    FindingDraft,
    FindingEmpty,
    FindingExists,
    FindingOfAnotherStage,
    NotAPhoto,
    StaleVisit,
    TooManyPhotos,
    VisitDraft,
    VisitIncomplete,
    VisitInFuture,
    VisitReleased,
    remove_finding,
    save_finding,
    save_visit,
)
from tests import factories
from units.models import AuditEvent
from units.uploads import ScannedFile, scan_upload

CODE = "A.I.1.i.a"
OTHER = "A.I.1.i.b"


def url(assessment, name="visits", *more):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, *more))


def today():
    return timezone.localdate()


def picture(colour="red", kind="JPEG"):
    content = BytesIO()
    Image.new("RGB", (64, 48), colour).save(content, kind)
    return SimpleUploadedFile("foto ruang.jpg" if kind == "JPEG" else "foto ruang.png", content.getvalue())


def upload(colour="red"):
    file = picture(colour)
    return file, scan_upload(file)


@pytest.fixture
def review(assessment):
    """Unit A's worksheet while the member scores."""
    return in_state(assessment, "review_member")


def in_state(assessment, state):
    is_final = state == "final"
    Assessment.objects.filter(pk=assessment.pk).update(
        state=state,
        finalised_at=timezone.now() if is_final else None,
        finalised_by=factories.UserFactory() if is_final else None,
    )
    assessment.refresh_from_db()
    return assessment


@pytest.fixture
def visit(review, cast):
    return factories.visit(review, cast.member)


def visit_draft(**changes):
    return VisitDraft(**({"date": today(), "place": "Ruang layanan", "participants": "Tim"} | changes))


def record(assessment, actor, visit=None, **changes):
    draft = visit_draft(**changes)
    return save_visit(assessment=assessment, visit=visit, draft=draft, actor=actor, now=timezone.now())


def find(visit, actor, text="Kotak saran terkunci", code=CODE, **more):
    draft = FindingDraft(text, **more)
    assessment = Assessment.objects.select_related("unit__agency", "period__instrument").get(pk=visit.assessment_id)
    return save_finding(assessment=assessment, visit=visit, code=code, draft=draft, actor=actor, now=timezone.now())


def remove(visit, actor, version=1):
    assessment = visit.assessment
    remove_finding(assessment=assessment, visit=visit, code=CODE, version=version, actor=actor, now=timezone.now())


# Visits


def test_tpi_records_a_visit_and_changes_what_is_said_of_it(review, cast):
    made = record(review, cast.member, summary="Baik")
    assert (made.place, made.created_by, made.version) == ("Ruang layanan", cast.member, 1)
    changed = record(review, cast.member, made, place="Aula", version=1)
    assert (changed.pk, changed.place, changed.version) == (made.pk, "Aula", 2)
    assert record(review, cast.member, made, place="Aula", version=1).version == 2
    assert AuditEvent.objects.filter(verb="visit.save").count() == 2


@pytest.mark.parametrize(
    ("state", "person"), [("submitted", "member"), ("review_lead", "lead"), ("review_controller", "controller")]
)
def test_visit_is_recorded_by_the_stage_in_turn(assessment, cast, state, person):
    in_state(assessment, state)
    others = {"member", "lead", "controller"} - {person}
    assert record(assessment, getattr(cast, person)).pk
    for other in others:
        with pytest.raises(WrongState):
            record(assessment, getattr(cast, other))


@pytest.mark.parametrize("person", ["operator", "head", "assistant", "inspector", "other_member", "admin"])
def test_nobody_else_records_visits_or_findings(review, visit, cast, person):
    for act in (lambda: record(review, getattr(cast, person)), lambda: find(visit, getattr(cast, person))):
        with pytest.raises(PermissionDenied):
            act()


@pytest.mark.parametrize("state", ["draft", "returned", "final", "reopened"])
def test_visits_are_recorded_during_the_review_only(assessment, cast, state):
    in_state(assessment, state)
    with pytest.raises(WrongState):
        record(assessment, cast.member)


def test_visit_is_refused_after_the_review_and_without_what_it_needs(review, visit, cast):
    for change, refusal in (
        ({"place": " "}, VisitIncomplete),
        ({"participants": ""}, VisitIncomplete),
        ({"date": today() + timedelta(days=2)}, VisitInFuture),
        ({"version": None}, VersionMissing),
    ):
        with pytest.raises(refusal):
            record(review, cast.member, **change)
    with pytest.raises(StaleVisit):
        record(review, cast.member, visit, place="Aula", version=7)
    with pytest.raises(Closed):
        save_visit(
            assessment=review,
            visit=None,
            draft=visit_draft(),
            actor=cast.member,
            now=review.period.review_until + timedelta(seconds=1),
        )
    assert Visit.objects.count() == 1


# Findings


def test_finding_is_a_note_of_the_stage_with_its_photos(visit, cast, storage):
    made = find(visit, cast.member, for_release=True, photos=[upload("red"), upload("blue")])
    assert (made.kind, made.stage, made.for_release, made.released_at, made.author) == (
        "finding",
        "member",
        True,
        None,
        cast.member,
    )
    stored = sorted(path.name for path in storage.rglob("*") if path.is_file())
    assert stored == sorted(photo.uuid.hex for photo in made.files.all())
    event = AuditEvent.objects.get(verb="finding.save")
    assert (event.before, len(event.after["photos"])) == (None, 2)


def test_photo_that_is_there_already_is_not_stored_again_and_a_dropped_one_goes(
    visit, cast, storage, django_capture_on_commit_callbacks
):
    made = find(visit, cast.member, photos=[upload("red")])
    first = made.files.get()
    with django_capture_on_commit_callbacks(execute=True):
        changed = find(visit, cast.member, version=1, photos=[upload("red"), upload("blue")])
    assert (changed.version, changed.files.count()) == (2, 2)
    with django_capture_on_commit_callbacks(execute=True):
        find(visit, cast.member, version=2, dropped=frozenset({first.uuid, uuid4()}))
    left = made.files.get()
    assert [path.name for path in storage.rglob("*") if path.is_file()] == [left.uuid.hex]
    assert left.sha256 != first.sha256


def test_finding_that_says_the_same_again_changes_nothing(visit, cast):
    find(visit, cast.member)
    assert (find(visit, cast.member, version=1).version, AuditEvent.objects.filter(verb="finding.save").count()) == (
        1,
        1,
    )


def test_finding_is_refused_without_text_version_or_room_for_its_photos(visit, cast, storage):
    document = ScannedFile("pdf", 3, "0" * 64, "surat.pdf")
    for more, refusal in (
        ({"text": "  "}, FindingEmpty),
        ({"version": None}, VersionMissing),
        ({"version": 3}, FindingExists),
        ({"photos": [(picture(), document)]}, NotAPhoto),
        ({"photos": [upload()] * (PHOTOS_MAX + 1)}, TooManyPhotos),
    ):
        with pytest.raises(refusal):
            find(visit, cast.member, **more)
    assert (Note.objects.count(), list(storage.rglob("*.*"))) == (0, [])
    assert [path for path in storage.rglob("*") if path.is_file()] == []


def test_more_photos_than_a_finding_holds_are_refused_over_several_saves(visit, cast, storage):
    found = factories.finding(visit, CODE, cast.member)
    for number in range(PHOTOS_MAX):
        factories.photo(found, cast.member, number=number)
    with pytest.raises(TooManyPhotos):
        find(visit, cast.member, version=1, photos=[upload()])
    assert (NoteFile.objects.count(), Note.objects.get().version) == (PHOTOS_MAX, 1)


def test_second_finding_on_a_question_of_a_visit_meets_the_first(visit, cast):
    find(visit, cast.member)
    with pytest.raises(FindingExists):
        find(visit, cast.member, "Lain")


def test_released_finding_and_one_of_another_stage_stay_as_they_are(visit, cast):
    made = find(visit, cast.member, for_release=True)
    in_state(visit.assessment, "review_lead")
    for act in (lambda: find(visit, cast.lead, "Lain", version=1), lambda: remove(visit, cast.lead)):
        with pytest.raises(FindingOfAnotherStage):
            act()
    in_state(visit.assessment, "review_member")
    Note.objects.filter(pk=made.pk).update(released_at=timezone.now())
    for act in (lambda: find(visit, cast.member, "Lain", version=1), lambda: remove(visit, cast.member)):
        with pytest.raises(NoteReleased):
            act()


@pytest.mark.parametrize("field", [{"place": "Aula"}, {"participants": "Lain"}, {"date": today() - timedelta(days=9)}])
def test_what_a_released_finding_shows_of_its_visit_stays(visit, cast, field):
    record(visit.assessment, cast.member, visit, version=1)
    factories.finding(visit, CODE, cast.member, "Loket tutup", for_release=True, released_at=timezone.now())
    before = released_findings(visit.assessment)
    with pytest.raises(VisitReleased):
        record(visit.assessment, cast.member, visit, version=2, **field)
    assert record(visit.assessment, cast.member, visit, version=2, summary="Untuk TPI").summary == "Untuk TPI"
    assert released_findings(visit.assessment) == before


@pytest.mark.parametrize("state", ["submitted", "review_member"])
def test_blind_scorers_leave_no_findings_for_each_other(as_user, visit, cast, state):
    team = cast.member.team_memberships.get().team
    team.scoring = "paired"
    team.save()
    Assessment.objects.filter(pk=visit.assessment_id).update(state=state, scoring="paired")
    visit.assessment.refresh_from_db()
    found = factories.finding(visit, OTHER, cast.member, "Dari putaran lalu")
    for act in (
        lambda: find(visit, cast.member),
        lambda: remove_finding(
            assessment=visit.assessment, visit=visit, code=OTHER, version=1, actor=cast.member, now=timezone.now()
        ),
        lambda: record(visit.assessment, cast.member, summary="Menurut saya belum layak"),
    ):
        with pytest.raises(BlindScoring):
            act()
    assert list(Note.objects.values_list("pk", flat=True)) == [found.pk]
    assert record(visit.assessment, cast.member).summary == ""
    page = as_user(cast.member).get(url(visit.assessment)).content.decode()
    links = [url(visit.assessment, "finding_save", visit.pk), url(visit.assessment, "visit_save")]
    assert [link in page for link in links] == [False, True]


def test_finding_is_removed_with_its_photos_unless_it_was_discussed(
    visit, cast, storage, django_capture_on_commit_callbacks
):
    made = find(visit, cast.member, photos=[upload()])
    message = NoteMessage.objects.create(
        note=made, is_internal=True, text="Perlu dilihat lagi", author=cast.lead, at=timezone.now()
    )
    with pytest.raises(FindingDiscussed):
        remove(visit, cast.member)
    message.delete()
    with django_capture_on_commit_callbacks(execute=True):
        remove(visit, cast.member)
    assert (Note.objects.count(), [path for path in storage.rglob("*") if path.is_file()]) == (0, [])
    assert AuditEvent.objects.get(verb="finding.remove").before["text"] == "Kotak saran terkunci"
    with pytest.raises(FindingExists):
        remove(visit, cast.member)


def test_finding_explains_a_score_that_differs(visit, cast):
    factories.answer(visit.assessment, CODE, "Ya", by=cast.operator)
    find(visit, cast.member)
    assessment = Assessment.objects.select_related("unit__agency", "period__instrument").get(pk=visit.assessment_id)
    draft = ScoreDraft(Given("Tidak"))
    saved = save_score(assessment=assessment, code=CODE, actor=cast.member, draft=draft, now=timezone.now())
    assert saved.row.choice == "Tidak"


# Beside the question, on the pages


def test_desk_shows_findings_of_the_question_with_one_query(visit, cast, django_assert_num_queries):
    for number, code in enumerate((CODE, OTHER)):
        found = factories.finding(visit, code, cast.member, f"Temuan {code}")
        for each in range(number * 2 + 1):
            factories.photo(found, cast.member, number=10 * number + each)
    ids = {code: factories.question_id(visit.assessment, code) for code in (CODE, OTHER)}
    for code, photos in ((CODE, 1), (OTHER, 3)):
        with django_assert_num_queries(1):
            (found,) = findings_beside(visit.assessment, ids[code])
        assert (found.text, len(found.photos), found.place) == (f"Temuan {code}", photos, visit.place)
    html = render_to_string("assessments/_desk_visit.html", {"findings": [found], "assessment": visit.assessment})
    assert html.count("<img ") == 3


@pytest.mark.parametrize("count", [1, 3])
def test_pages_ask_a_fixed_number_of_queries(as_user, cast, review, count, django_assert_num_queries):
    for number in range(count):
        visit = factories.visit(review, cast.member, day=today() - timedelta(days=number))
        for code in (CODE, OTHER)[: number + 1]:
            found = factories.finding(visit, code, cast.member, for_release=True, released_at=timezone.now())
            factories.photo(found, cast.member, number=number * 2 + len(code))
    assert (len(visits_of(review)), len(released_findings(review))) == (count, {1: 1, 3: 5}[count])
    for person, name, queries in ((cast.member, "visits", 6), (cast.operator, "visit_results", 5)):
        browser = as_user(person)
        browser.get(url(review, name))
        with django_assert_num_queries(queries):
            browser.get(url(review, name))


def test_whole_way_through_the_forms(as_user, cast, review, storage):
    browser = as_user(cast.member)
    data = {"tanggal": today().isoformat(), "tempat": "Loket", "peserta": "Rina; Budi", "versi": "0"}
    assert browser.post(url(review, "visit_save"), data).status_code == 302
    visit = Visit.objects.get()
    where = url(review, "finding_save", visit.pk)
    data = {"soal": CODE, "uraian": "Antrean tertib", "rilis": "on", "versi": "0", "foto": [picture(), picture("blue")]}
    response = browser.post(where, data)
    note = Note.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"{url(review)}#temuan-{note.pk}")
    assert note.files.count() == 2
    html = browser.get(url(review), {"soal": OTHER}).content.decode()
    assert ("Antrean tertib" in html, "akan disampaikan kepada unit" in html) == (True, True)
    assert f'<option value="{OTHER}" selected>' in html
    data = {"soal": CODE, "aksi": "hapus", "versi": "1"}
    assert (browser.post(where, data).status_code, Note.objects.count()) == (302, 0)


def test_refused_forms_keep_what_was_typed(as_user, cast, visit):
    browser, review = as_user(cast.member), visit.assessment
    data = {"tanggal": "2024-02-31", "tempat": "Tempat panjang", "peserta": "", "versi": "0"}
    response = browser.post(url(review, "visit_save"), data)
    assert (response.status_code, "Tempat panjang" in response.content.decode()) == (422, True)
    bad = SimpleUploadedFile("foto.jpg", b"bukan gambar")
    data = {"soal": CODE, "uraian": "Uraian panjang", "versi": "0", "foto": [bad]}
    response = browser.post(url(review, "finding_save", visit.pk), data)
    assert (response.status_code, "Uraian panjang" in response.content.decode()) == (422, True)
    assert Note.objects.count() == 0


LADDER = {
    "visit_save": {"tanggal": "2024-05-02", "tempat": "Aula", "peserta": "Tim", "versi": "0"},
    "finding_save": {"soal": CODE, "uraian": "Temuan", "versi": "0"},
}


@pytest.mark.parametrize("name", LADDER)
def test_ladder(as_user, cast, visit, name):
    review, data = visit.assessment, LADDER[name]
    where = url(review, name, *([visit.pk] if name == "finding_save" else []))
    assert as_user(cast.stranger).post(where, data).status_code == 404
    for reader in ("operator", "head", "assistant", "inspector", "admin"):
        assert as_user(getattr(cast, reader)).post(where, data).status_code == 403
    browser = as_user(cast.member)
    assert browser.get(where).status_code == 405
    before = AuditEvent.objects.count()
    missing = {"tempat": ""} if name == "visit_save" else {"uraian": ""}
    assert browser.post(where, data | missing).status_code == 422
    assert browser.post(where, data | {"versi": ""}).status_code == 428
    stale = {"kunjungan": str(visit.pk)} if name == "visit_save" else {}
    assert browser.post(where, data | stale | {"versi": "9"}).status_code == 409
    in_state(review, "review_lead")
    assert browser.post(where, data).status_code == 409
    in_state(review, "review_member")
    assert AuditEvent.objects.count() == before
    assert browser.post(where, data).status_code == 302
    assert AuditEvent.objects.count() == before + 1


def test_visit_and_question_of_elsewhere_are_not_found(as_user, cast, visit, assessment_b):
    foreign = factories.visit(assessment_b, cast.other_member)
    browser, data = as_user(cast.member), LADDER["finding_save"]
    assert browser.post(url(visit.assessment, "finding_save", foreign.pk), data).status_code == 404
    assert browser.post(url(visit.assessment, "finding_save", visit.pk), data | {"soal": "X.1"}).status_code == 404
    data = LADDER["visit_save"] | {"kunjungan": str(foreign.pk), "versi": "1"}
    assert browser.post(url(visit.assessment, "visit_save"), data).status_code == 404


# Hidden until released (SEC-05)


def test_finding_and_photo_reach_the_unit_only_once_released(as_user, cast, visit, storage):
    hidden, secret = "kanari-temuan-4b1", "kanari-tempat-77c"
    Visit.objects.filter(pk=visit.pk).update(place=secret)
    photo = factories.photo(factories.finding(visit, CODE, cast.member, hidden, for_release=True), cast.member)
    pages = [url(visit.assessment, "visit_results"), url(visit.assessment, "worksheet", "A.I.1.i")]
    looks = [reverse(name, args=(photo.uuid,)) for name in ("visit_photo", "visit_photo_small")]

    def seen(person):
        browser = as_user(getattr(cast, person))
        texts = [browser.get(page).content.decode() for page in pages]
        return any(hidden in text or secret in text for text in texts), {
            browser.get(look).status_code for look in looks
        }

    for person in ("operator", "head", "assistant"):
        assert seen(person) == (False, {404})
    assert {as_user(cast.member).get(look).status_code for look in looks} == {200}
    Note.objects.update(released_at=timezone.now())
    for person in ("operator", "head", "assistant"):
        assert seen(person) == (True, {200})
    assert {as_user(cast.stranger).get(look).status_code for look in looks} == {404}


def test_small_photo_is_the_drawn_one_as_soon_as_there_is_one(as_user, cast, visit, storage):
    made = find(visit, cast.member, photos=[upload()])
    photo = made.files.get()
    where = reverse("visit_photo_small", args=(photo.uuid,))
    assert as_user(cast.member).get(where)["Content-Type"] == "image/jpeg"
    Preview.objects.filter(sha256=photo.sha256).delete()
    Preview.objects.create(sha256=photo.sha256, requested_at=timezone.now())
    make_preview(sha256=photo.sha256, now=timezone.now())
    assert PreviewPage.objects.filter(preview__sha256=photo.sha256).count() == 1
    assert as_user(cast.member).get(where)["Content-Type"] == "image/webp"
