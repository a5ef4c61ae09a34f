"""Follow-ups: set by TPI from released notes, reported by the unit, closed or sent back by TPI."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, EvidenceFile, FollowUp
from assessments.queries.followups import followups_beside, followups_of, notes_to_follow, open_followups
from assessments.services.answers import VersionMissing
from assessments.services.followups import (
    AlreadyClosed,
    AlreadySet,
    DueInThePast,
    NoteNotReleased,
    NotReported,
    OwnerElsewhere,
    Promise,
    ProofGone,
    Report,
    SameDue,
    StaleFollowUp,
    WordsMissing,
    assign_owner,
    change_due,
    close_followup,
    create_followup,
    report_followup,
    send_back_followup,
)
from assessments.services.transitions import ReasonMissing, WrongState
from tests import factories
from units.models import AuditEvent, Notice

CODE = "A.I.2.i.a"


def today():
    return timezone.localdate()


def url(assessment, name="followups", *more):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, *more))


@pytest.fixture
def final(assessment, cast):
    """Unit A's final assessment with one released note and one that never is."""
    factories.note(assessment, CODE, cast.member, "Lengkapi notulen.", for_release=True, released_at=timezone.now())
    factories.note(assessment, "A.I.1.i.a", cast.member, "CATATAN INTERNAL")
    Assessment.objects.filter(pk=assessment.pk).update(
        state="final", finalised_at=timezone.now(), finalised_by=cast.controller
    )
    assessment.refresh_from_db()
    return assessment


@pytest.fixture
def promise(final, cast):
    return factories.followup(notes_to_follow(final)[0], cast.member, text="Lengkapi notulen rapat.")


def create(assessment, actor, note=None, *, text="Lengkapi notulen", days=30, owner=None):
    return create_followup(
        assessment=assessment,
        note=note or notes_to_follow(assessment)[0],
        promise=Promise(text, today() + timedelta(days=days), owner),
        actor=actor,
        now=timezone.now(),
    )


def report(assessment, promise, actor, text="Notulen dilengkapi", *, proof=None, version=1):
    return report_followup(
        assessment=assessment,
        followup=promise,
        report=Report(text, proof),
        version=version,
        actor=actor,
        now=timezone.now(),
    )


def settle(act, assessment, promise, actor, words="Sudah sesuai", *, version=1):
    return act(assessment=assessment, followup=promise, closing=words, version=version, actor=actor, now=timezone.now())


# Setting


@pytest.mark.parametrize("person", ["member", "lead", "controller"])
def test_tpi_makes_a_released_note_a_followup(final, cast, person):
    made = create(final, getattr(cast, person))
    assert (made.code, made.unit, made.text, open_followups(cast.unit_a.pk)) == (
        CODE,
        cast.unit_a,
        "Lengkapi notulen",
        {CODE: [made]},
    )
    assert notes_to_follow(final) == []
    assert [(event.verb, event.actor) for event in AuditEvent.objects.filter(verb__startswith="followup.")] == [
        ("followup.create", getattr(cast, person))
    ]


@pytest.mark.parametrize("person", ["operator", "head", "assistant", "inspector", "other_member"])
def test_nobody_else_sets_followups(final, cast, person):
    with pytest.raises(PermissionDenied):
        create(final, getattr(cast, person))


def test_note_is_followed_once(final, cast):
    note = notes_to_follow(final)[0]
    create(final, cast.member, note)
    with pytest.raises(AlreadySet):
        create(final, cast.lead, note)
    assert FollowUp.objects.count() == 1


def test_internal_and_assistance_notes_are_not_followed(final, cast):
    advice = factories.note(
        final, CODE, cast.assistant, stage="assistance", for_release=True, released_at=timezone.now()
    )
    for note in (final.notes.get(text="CATATAN INTERNAL"), advice):
        assert note not in notes_to_follow(final)
        with pytest.raises(NoteNotReleased):
            create(final, cast.member, note)


def test_note_of_another_assessment_is_not_followed(final, assessment_b, cast):
    note = factories.note(assessment_b, CODE, cast.other_member, for_release=True, released_at=timezone.now())
    with pytest.raises(NoteNotReleased):
        create(final, cast.member, note)


def test_due_day_is_today_at_the_earliest(final, cast):
    with pytest.raises(DueInThePast):
        create(final, cast.member, days=-2)
    with pytest.raises(WordsMissing):
        create(final, cast.member, text="  ")


@pytest.mark.parametrize("state", ["draft", "submitted", "review_controller"])
def test_followups_are_set_on_returned_and_final_ones_only(final, cast, state):
    Assessment.objects.filter(pk=final.pk).update(state=state)
    with pytest.raises(WrongState):
        create(final, cast.member)
    Assessment.objects.filter(pk=final.pk).update(state="returned")
    assert create(final, cast.member).pk


# Reporting


def test_unit_reports_with_proof_and_may_report_again(final, promise, cast):
    proof = factories.evidence_for(final, CODE, cast.operator)
    found = report(final, promise, cast.operator, proof=proof)
    assert (found.report, found.proof, found.reported_by, found.version) == (
        "Notulen dilengkapi",
        proof,
        cast.operator,
        2,
    )
    found = report(final, promise, cast.head, "Notulen dan daftar hadir", version=2)
    assert (found.reported_by, found.proof, found.version) == (cast.head, None, 3)
    assert AuditEvent.objects.filter(verb="followup.report").count() == 2


@pytest.mark.parametrize("person", ["member", "controller", "assistant", "inspector", "stranger"])
def test_nobody_else_reports(final, promise, cast, person):
    with pytest.raises(PermissionDenied):
        report(final, promise, getattr(cast, person))


def test_pokja_reports_on_its_own_areas(final, promise, cast):
    with pytest.raises(PermissionDenied):
        report(final, promise, factories.member_of(cast.unit_a, areas="1"))
    assert report(final, promise, factories.member_of(cast.unit_a, areas="2")).version == 2


def test_report_is_refused_without_words_version_or_standing_proof(final, assessment_b, promise, cast):
    withdrawn = factories.evidence_for(final, CODE, cast.operator)
    withdrawn.withdrawn_at, withdrawn.withdrawn_reason = timezone.now(), "Keliru"
    withdrawn.save()
    foreign = factories.evidence_for(assessment_b, CODE, cast.stranger)
    for record in (withdrawn, foreign):
        with pytest.raises(ProofGone):
            report(final, promise, cast.operator, proof=record)
    with pytest.raises(WordsMissing):
        report(final, promise, cast.operator, " \n ")
    with pytest.raises(VersionMissing):
        report(final, promise, cast.operator, version=None)
    with pytest.raises(StaleFollowUp):
        report(final, promise, cast.operator, version=7)
    promise.refresh_from_db()
    assert (promise.report, promise.version) == ("", 1)


# Who is in charge, and until when


def own(assessment, promise, actor, owner, *, version=1):
    return assign_owner(
        assessment=assessment, followup=promise, owner=owner, version=version, actor=actor, now=timezone.now()
    )


def move(assessment, promise, actor, *, days=45, reason="Pengadaan tertunda", version=1):
    return change_due(
        assessment=assessment,
        followup=promise,
        due=today() + timedelta(days=days),
        reason=reason,
        version=version,
        actor=actor,
        now=timezone.now(),
    )


def test_tpi_may_name_who_is_in_charge_and_only_somebody_of_the_unit(final, cast):
    with pytest.raises(OwnerElsewhere):
        create(final, cast.member, owner=cast.stranger)
    assert (create(final, cast.member, owner=cast.operator).owner, FollowUp.objects.count()) == (cast.operator, 1)


@pytest.mark.parametrize("person", ["head", "operator"])
def test_unit_names_changes_and_takes_back_who_is_in_charge(final, promise, cast, person):
    found = own(final, promise, getattr(cast, person), cast.operator)
    assert (found.owner, found.version) == (cast.operator, 2)
    assert own(final, promise, cast.head, None, version=2).owner is None
    event = AuditEvent.objects.filter(verb="followup.owner").first()
    assert (event.before["owner"], event.after["owner"]) == ("", cast.operator.full_name)


@pytest.mark.parametrize("person", ["member", "assistant", "inspector", "stranger"])
def test_nobody_else_names_who_is_in_charge(final, promise, cast, person):
    with pytest.raises(PermissionDenied):
        own(final, promise, getattr(cast, person), cast.operator)


def test_pokja_with_a_limit_shares_out_nothing(final, promise, cast):
    with pytest.raises(PermissionDenied):
        own(final, promise, factories.member_of(cast.unit_a, areas="2"), cast.operator)


def test_owner_must_be_of_the_unit_and_the_page_the_newest(final, promise, cast):
    for actor, owner, version, refusal in (
        (cast.head, cast.stranger, 1, OwnerElsewhere),
        (cast.head, cast.operator, None, VersionMissing),
        (cast.head, cast.operator, 5, StaleFollowUp),
    ):
        with pytest.raises(refusal):
            own(final, promise, actor, owner, version=version)
    promise.refresh_from_db()
    assert (promise.owner, promise.version) == (None, 1)


def test_tpi_moves_the_day_with_a_reason_that_stays(final, promise, cast):
    old = promise.due
    found = move(final, promise, cast.lead)
    assert (found.due, found.version) == (today() + timedelta(days=45), 2)
    event = AuditEvent.objects.get(verb="followup.change_due")
    assert (event.reason, event.before["due"], event.after["due"]) == (
        "Pengadaan tertunda",
        old.isoformat(),
        found.due.isoformat(),
    )
    (item,) = followups_of(cast.unit_a.pk, today())
    assert [(step.verb, step.text, step.due) for step in item.steps] == [
        ("followup.change_due", "Pengadaan tertunda", found.due)
    ]


@pytest.mark.parametrize("person", ["operator", "head", "assistant", "inspector", "other_member"])
def test_only_tpi_of_the_unit_moves_the_day(final, promise, cast, person):
    with pytest.raises(PermissionDenied):
        move(final, promise, getattr(cast, person))


def test_day_is_moved_only_with_a_reason_to_another_day_from_today_on(final, promise, cast):
    for change, refusal in (
        ({"reason": "  "}, ReasonMissing),
        ({"days": -2}, DueInThePast),
        ({"days": (promise.due - today()).days}, SameDue),
        ({"version": None}, VersionMissing),
        ({"version": 9}, StaleFollowUp),
    ):
        with pytest.raises(refusal):
            move(final, promise, cast.lead, **change)
    settle(close_followup, final, promise, cast.lead)
    with pytest.raises(AlreadyClosed):
        move(final, promise, cast.lead, version=2)


def test_people_are_told_of_each_step_and_who_did_it_is_not(final, cast):
    made = create(final, cast.member, owner=cast.operator)
    report(final, made, cast.operator)
    settle(send_back_followup, final, made, cast.lead, "Kurang", version=2)
    move(final, made, cast.lead, version=3)
    settle(close_followup, final, made, cast.lead, version=4)
    told = {(notice.kind, notice.user_id) for notice in Notice.objects.all()}
    unit = {cast.operator.pk, cast.head.pk}
    tpi = {cast.member.pk, cast.lead.pk, cast.controller.pk}
    for_unit = ("followup_set", "followup_sent_back", "followup_moved", "followup_closed")
    assert told == {(kind, pk) for kind in for_unit for pk in unit} | {("followup_reported", pk) for pk in tpi}


# Carried into the next quarters


@pytest.fixture
def next_quarter(final, cast):
    period = factories.PeriodFactory(agency=cast.agency, quarter=3)
    return factories.AssessmentFactory(unit=cast.unit_a, period=period)


def test_open_followup_is_carried_into_the_next_quarter(final, promise, cast, next_quarter):
    (item,) = followups_of(cast.unit_a.pk, today())
    assert (item.is_carried_into(next_quarter.period), item.is_carried_into(final.period)) == (True, False)
    found = report(next_quarter, promise, cast.operator)
    assert found.reported_by == cast.operator
    assert settle(close_followup, next_quarter, promise, cast.lead, version=2).closed_by == cast.lead


def test_later_quarter_shows_where_a_followup_comes_from(as_user, cast, final, promise, next_quarter):
    words = "terbawa dari TW II 2024"
    for name, person in (("followups", "operator"), ("followups", "lead"), ("unit_home", "operator")):
        assert words in as_user(getattr(cast, person)).get(url(next_quarter, name)).content.decode()
    assert words not in as_user(cast.operator).get(url(final)).content.decode()


def test_beside_the_question_stand_its_followups_of_all_quarters(
    final, promise, cast, next_quarter, django_assert_num_queries
):
    with django_assert_num_queries(1):
        (item,) = followups_beside(next_quarter, CODE, today())
        html = render_to_string("assessments/_desk_followups.html", {"followups": [item], "assessment": next_quarter})
    assert ("Lengkapi notulen rapat." in html, "terbawa dari TW II 2024" in html) == (True, True)
    assert followups_beside(next_quarter, "A.I.1.i.a", today()) == []


def test_desk_calls_a_followup_overdue_by_the_day_of_the_agency(as_user, cast, final, promise, monkeypatch):
    # 22.30 UTC is 5.30 WIB of the next day.
    moment = timezone.now().replace(hour=22, minute=30)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    browser, late = as_user(cast.member), []
    for due in (moment.date(), moment.date() + timedelta(days=1)):
        FollowUp.objects.filter(pk=promise.pk).update(due=due)
        (item,) = browser.get(url(final, "desk_question", CODE)).context["followups"]
        late.append(item.is_late)
    assert late == [True, False]


# Closing and sending back


def test_tpi_closes_and_then_nothing_changes_any_more(final, promise, cast):
    report(final, promise, cast.operator)
    found = settle(close_followup, final, promise, cast.lead, version=2)
    assert (found.closing, found.closed_by, open_followups(cast.unit_a.pk)) == ("Sudah sesuai", cast.lead, {})
    with pytest.raises(AlreadyClosed):
        report(final, promise, cast.operator, version=3)
    with pytest.raises(AlreadyClosed):
        settle(close_followup, final, promise, cast.lead, version=3)


def test_tpi_sends_back_and_the_unit_reports_again(final, promise, cast):
    with pytest.raises(NotReported):
        settle(send_back_followup, final, promise, cast.member)
    report(final, promise, cast.operator)
    found = settle(send_back_followup, final, promise, cast.member, "Lampirkan daftar hadir", version=2)
    assert (found.reported_at, found.report, found.closing) == (None, "Notulen dilengkapi", "Lampirkan daftar hadir")
    assert report(final, promise, cast.operator, "Daftar hadir dilampirkan", version=3).version == 4


@pytest.mark.parametrize("act", [close_followup, send_back_followup])
@pytest.mark.parametrize("person", ["operator", "head", "assistant", "inspector", "other_member"])
def test_only_tpi_of_the_unit_settles(final, promise, cast, act, person):
    with pytest.raises(PermissionDenied):
        settle(act, final, promise, getattr(cast, person))


def test_settling_needs_words(final, promise, cast):
    with pytest.raises(WordsMissing):
        settle(close_followup, final, promise, cast.member, "")


def test_states_on_a_day(final, promise, cast):
    def state(day):
        return [item.state for item in followups_of(cast.unit_a.pk, day)]

    assert (state(promise.due), state(promise.due + timedelta(days=1))) == (["open"], ["overdue"])
    report(final, promise, cast.operator)
    assert state(promise.due + timedelta(days=1)) == ["answered"]
    settle(close_followup, final, promise, cast.member, version=2)
    assert state(promise.due + timedelta(days=1)) == ["closed"]


# The pages


def test_page_of_tpi_offers_released_notes_and_never_internal_ones(as_user, cast, final):
    html = as_user(cast.member).get(url(final)).content.decode()
    assert ("Jadikan tindak lanjut" in html, "Lengkapi notulen." in html, "CATATAN INTERNAL" in html) == (
        True,
        True,
        False,
    )
    for person in (cast.operator, cast.inspector, cast.assistant):
        assert "Jadikan tindak lanjut" not in as_user(person).get(url(final)).content.decode()


def test_unit_sees_its_followups_on_the_list_on_home_and_beside_the_question(as_user, cast, final, promise):
    FollowUp.objects.update(due=today() - timedelta(days=3))
    browser = as_user(cast.operator)
    for page in (url(final), url(final, "unit_home")):
        html = browser.get(page).content.decode()
        assert ("Lengkapi notulen rapat." in html, "Lewat batas waktu" in html) == (True, True)
    assert "Lengkapi notulen rapat." in browser.get(url(final, "worksheet", "A.I.2.i")).content.decode()
    assert "Laporkan yang sudah dilakukan" in browser.get(url(final)).content.decode()


def test_whole_way_through_the_forms(as_user, cast, final):
    note, proof = notes_to_follow(final)[0], factories.evidence_for(final, CODE, cast.operator, title="Notulen")
    data = {"catatan": note.pk, "uraian": "Lengkapi", "batas": (today() + timedelta(days=9)).isoformat()}
    assert as_user(cast.member).post(url(final, "followup_create"), data).status_code == 302
    found = FollowUp.objects.get()
    data = {"uraian": "Sudah", "bukti": str(proof.uuid), "versi": "1"}
    response = as_user(cast.operator).post(url(final, "followup_report", found.pk), data)
    assert response["Location"] == f"{url(final)}#tl-{found.pk}"
    html = as_user(cast.lead).get(url(final)).content.decode()
    assert ("Notulen" in html, "Nyatakan selesai" in html, "Menunggu penilaian TPI" in html) == (True, True, True)
    data = {"uraian": "Sesuai", "aksi": "tutup", "versi": "2"}
    html = as_user(cast.lead).post(url(final, "followup_settle", found.pk), data, follow=True).content.decode()
    assert ("Dinyatakan selesai oleh TPI" in html, "Nyatakan selesai" in html) == (True, False)


@pytest.mark.parametrize("person", ["operator", "lead"])
def test_everything_that_was_said_stays_in_the_history(as_user, cast, final, person):
    made = create(final, cast.member, text="Lengkapi notulen")
    report(final, made, cast.operator, "Laporan pertama")
    settle(send_back_followup, final, made, cast.lead, "Tanda tangan kurang", version=2)
    report(final, made, cast.head, "Laporan kedua", version=3)
    settle(close_followup, final, made, cast.lead, "Sesuai", version=4)
    response = as_user(getattr(cast, person)).get(url(final))
    (item,) = response.context["rows"]
    assert [(step.verb.partition(".")[2], step.name, step.text) for step in item.steps] == [
        ("create", cast.member.full_name, "Lengkapi notulen"),
        ("report", cast.operator.full_name, "Laporan pertama"),
        ("send_back", cast.lead.full_name, "Tanda tangan kurang"),
        ("report", cast.head.full_name, "Laporan kedua"),
        ("close", cast.lead.full_name, "Sesuai"),
    ]
    html = response.content.decode()
    assert ("Laporan pertama" in html, "Tanda tangan kurang" in html) == (True, True)


def test_proof_opens_in_the_viewer_and_only_its_files_in_force(as_user, cast, final, promise):
    proof = factories.evidence_for(final, CODE, cast.operator, title="Notulen")
    old, new = (factories.evidence_file(proof, cast.operator, revision=number) for number in (1, 2))
    EvidenceFile.objects.filter(pk=new.pk).update(label="Notulen rapat Mei")
    report(final, promise, cast.operator, proof=proof)
    html = as_user(cast.lead).get(url(final)).content.decode()
    links = [reverse("evidence_view", args=(file.uuid,)) in html for file in (old, new)]
    assert (links, "Buka Notulen rapat Mei" in html) == ([False, True], True)


LADDER = {
    "followup_create": ("member", ("operator", "head", "assistant", "inspector", "admin")),
    "followup_owner": ("head", ("member", "lead", "assistant", "inspector", "admin")),
    "followup_due": ("lead", ("operator", "head", "assistant", "inspector", "admin")),
    "followup_report": ("operator", ("member", "lead", "assistant", "inspector", "admin")),
    "followup_settle": ("lead", ("operator", "head", "assistant", "inspector", "admin")),
}


@pytest.mark.parametrize("name", LADDER)
def test_ladder(as_user, cast, final, name):
    person, readers = LADDER[name]
    note = notes_to_follow(final)[0]
    promise = None if name == "followup_create" else factories.followup(note, cast.member)
    where = url(final, name, *([promise.pk] if promise else []))
    data = {
        "followup_create": {"catatan": note.pk, "uraian": "Lengkapi", "batas": today().isoformat()},
        "followup_owner": {"penanggung": str(cast.operator.pk), "versi": "1"},
        "followup_due": {"batas": (today() + timedelta(days=50)).isoformat(), "alasan": "Tertunda", "versi": "1"},
        "followup_report": {"uraian": "Sudah", "versi": "1"},
        "followup_settle": {"uraian": "Sesuai", "aksi": "tutup", "versi": "1"},
    }[name]
    actor = getattr(cast, person)
    assert as_user(cast.stranger).post(where, data).status_code == 404
    for reader in readers:
        assert as_user(getattr(cast, reader)).post(where, data).status_code == 403
    assert as_user(actor).get(where).status_code == 405
    before = AuditEvent.objects.count()
    wrong = {"followup_owner": {"penanggung": str(cast.stranger.pk)}, "followup_due": {"alasan": " "}}
    assert as_user(actor).post(where, data | wrong.get(name, {"uraian": " "})).status_code == 422
    if promise:
        assert as_user(actor).post(where, data | {"versi": ""}).status_code == 428
        assert as_user(actor).post(where, data | {"versi": "9"}).status_code == 409
    else:
        assert as_user(actor).post(where, data | {"batas": "2020-01-01"}).status_code == 422
    assert AuditEvent.objects.count() == before
    assert as_user(actor).post(where, data).status_code == 302
    assert AuditEvent.objects.count() == before + 1


def test_followup_of_another_unit_is_not_found(as_user, cast, final, promise, assessment_b):
    for name in ("followup_report", "followup_settle"):
        assert as_user(cast.stranger).post(url(assessment_b, name, promise.pk), {"uraian": "x"}).status_code == 404


def test_refused_report_keeps_what_was_typed(as_user, cast, final, promise):
    record = factories.evidence_for(final, CODE, cast.operator)
    data = {"uraian": "Teks yang panjang", "bukti": str(record.uuid), "versi": "1"}
    record.withdrawn_at, record.withdrawn_reason = timezone.now(), "Keliru"
    record.save()
    response = as_user(cast.operator).post(url(final, "followup_report", promise.pk), data)
    assert (response.status_code, "Teks yang panjang" in response.content.decode()) == (422, True)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("person", "queries"), [("operator", 9), ("member", 10)])
def test_page_asks_a_fixed_number_of_queries(as_user, cast, final, count, person, queries, django_assert_num_queries):
    codes = ("A.I.3.iii.b", "A.I.3.iii.c", "A.I.3.iii.d")[:count]
    for code in codes:
        note = factories.note(final, code, cast.member, for_release=True, released_at=timezone.now())
        promise = factories.followup(note, cast.member)
        report(final, promise, cast.operator, proof=factories.evidence_for(final, code, cast.operator))
    browser = as_user(getattr(cast, person))
    browser.get(url(final))
    with django_assert_num_queries(queries):
        browser.get(url(final))
