"""A record of evidence as a whole: details, files with revisions, further questions; and what is shared."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment
from assessments.services import evidence_records as records
from assessments.services.answers import NotNoted
from assessments.services.evidence_rules import AlreadyWithdrawn, RecordLocked
from tests import factories
from tests.assessments.kept_record import doing, path, use, used_record
from tests.assessments.stored_evidence import CODE, OTHER, add_file, file_of, files_in, pdf, url, url_of, verbs

FAR = "A.I.6.i.a"


pytestmark = pytest.mark.usefixtures("storage")


@pytest.fixture
def record(cast, assessment):
    return used_record(cast, assessment)


@pytest.fixture
def later(cast, assessment):
    """The next quarter's worksheet of the same unit."""
    return factories.AssessmentFactory(unit=cast.unit_a, period=factories.PeriodFactory(agency=cast.agency, quarter=3))


# Details

DETAILS = {"judul": "SK Tim 2024", "nomor": "12/2024", "tanggal": "2024-02-03", "triwulan": ["3", "1"], "versi": "1"}


def test_details_are_edited(as_user, cast, assessment, record):
    response = as_user(cast.operator).post(path("evidence_edit", assessment, record), DETAILS)
    record.refresh_from_db()
    assert (response.status_code, response["Location"]) == (302, path("evidence_detail", assessment, record))
    assert (record.title, record.document_number, record.document_date) == ("SK Tim 2024", "12/2024", date(2024, 2, 3))
    assert (record.quarters, record.version, verbs()) == ("13", 2, ["evidence.add", "evidence.edit"])


def test_details_that_are_the_same_change_nothing(cast, record):
    same = {"title": record.title, "number": "", "dated": None, "quarters": "", "version": 1}
    records.edit_record(evidence=record, **same, **doing(cast))
    record.refresh_from_db()
    assert (record.version, verbs()) == (1, ["evidence.add"])


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"versi": "7"}, 409),
        ({"versi": ""}, 428),
        ({"judul": ""}, 422),
        ({"judul": "x" * 201}, 422),
        ({"judul": "a\x00b"}, 422),
        ({"nomor": "x" * 81}, 422),
        ({"tanggal": "kemarin"}, 422),
        ({"triwulan": ["5"]}, 422),
    ],
)
def test_details_that_are_stale_or_wrong_are_refused(as_user, cast, assessment, record, change, status):
    response = as_user(cast.operator).post(path("evidence_edit", assessment, record), DETAILS | change)
    record.refresh_from_db()
    assert (response.status_code, record.version, verbs()) == (status, 1, ["evidence.add"])


def test_second_editor_is_told(as_user, cast, assessment, record):
    assert as_user(cast.head).post(path("evidence_edit", assessment, record), DETAILS).status_code == 302
    response = as_user(cast.operator).post(path("evidence_edit", assessment, record), DETAILS | {"judul": "Lain"})
    record.refresh_from_db()
    assert (response.status_code, record.title) == (409, "SK Tim 2024")
    assert "baru saja diubah orang lain" in response.content.decode()


# Ladder of every change

CHANGES = {
    "evidence_edit": DETAILS,
    "evidence_file_add": {},
    "evidence_file_change": {"aksi": "nama", "nama": "Lain"},
    "evidence_attach": {"kode": OTHER},
}


def changed(client, name, assessment, record, method="post"):
    more = (record.files.get().uuid,) if name == "evidence_file_change" else ()
    data = CHANGES[name] | ({"berkas": pdf(pages=2)} if name == "evidence_file_add" else {})
    return getattr(client, method)(path(name, assessment, record, *more), data).status_code


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize(
    ("person", "status"),
    [
        ("operator", 302),
        ("head", 302),
        ("stranger", 404),
        ("foreign_inspector", 404),
        ("reader", 404),
        ("member", 403),
        ("inspector", 403),
        ("assistant", 403),
        ("admin", 403),
    ],
)
def test_change_follows_the_role(as_user, cast, assessment, record, name, person, status):
    assert changed(as_user(getattr(cast, person)), name, assessment, record) == status
    assert len(verbs()) == (2 if status == 302 else 1)


@pytest.mark.parametrize("name", CHANGES)
def test_change_of_a_sent_worksheet_is_a_conflict(as_user, cast, assessment, record, name):
    Assessment.objects.filter(pk=assessment.pk).update(state="review_member")
    assert changed(as_user(cast.operator), name, assessment, record) == 409
    assert verbs() == ["evidence.add"]


@pytest.mark.parametrize("name", CHANGES)
def test_change_after_a_withdrawal_is_a_conflict(as_user, cast, assessment, record, name):
    records.withdraw(evidence=record, reason="Keliru", **doing(cast))
    assert changed(as_user(cast.operator), name, assessment, record) == 409


@pytest.mark.parametrize("name", sorted(set(CHANGES) - {"evidence_attach"}))
def test_change_by_get_is_refused(as_user, cast, assessment, record, name):
    assert changed(as_user(cast.operator), name, assessment, record, "get") == 405


def test_record_of_another_unit_is_not_found(as_user, cast, assessment, assessment_b):
    foreign = add_file(assessment_b, cast.stranger).evidence
    for name in CHANGES:
        assert changed(as_user(cast.operator), name, assessment, foreign) == 404
    assert as_user(cast.operator).get(path("evidence_detail", assessment, foreign)).status_code == 404


def test_withdrawal_of_a_stale_page_is_a_conflict(as_user, cast, assessment, record):
    to = reverse("evidence_withdraw", args=(record.uuid,))
    use(assessment, record, OTHER, cast.operator)
    assert as_user(cast.operator).post(to, {"alasan": "x", "versi": "1"}).status_code == 409
    assert as_user(cast.operator).post(to, {"alasan": "x", "versi": "2"}).status_code == 302


# What is shared


def test_shared_record_warns_with_its_questions(as_user, cast, assessment, later, record):
    use(assessment, record, OTHER, cast.operator)
    use(later, record, FAR, cast.operator)
    page = as_user(cast.operator).get(path("evidence_detail", assessment, record)).content.decode()
    assert "Perubahan pada bukti ini berlaku untuk 3 pertanyaan" in page
    assert f"{later.period.label}: {FAR}; {assessment.period.label}: {CODE}, {OTHER}." in " ".join(page.split())


def test_unshared_record_warns_of_nothing(as_user, cast, assessment, record):
    page = as_user(cast.operator).get(path("evidence_detail", assessment, record)).content.decode()
    assert "Perubahan pada bukti ini berlaku" not in page
    assert "Simpan rincian" in page


EVERY_CHANGE = {
    "edit": lambda record, who: records.edit_record(
        evidence=record, title="x", number="", dated=None, quarters="", version=record.version, **who
    ),
    "add": lambda record, who: records.add_record_file(evidence=record, **file_of(5), **who),
    "revise": lambda record, who: records.revise_file(file=record.files.get(), **file_of(5), **who),
    "rename": lambda record, who: records.rename_file(file=record.files.get(), label="x", **who),
    "move": lambda record, who: records.move_file(file=record.files.get(), step=1, **who),
    "retire": lambda record, who: records.retire_file(file=record.files.get(), reason="x", **who),
    "withdraw": lambda record, who: records.withdraw(evidence=record, reason="x", **who),
}


@pytest.mark.parametrize("name", EVERY_CHANGE)
def test_record_of_a_sent_quarter_does_not_change(as_user, cast, assessment, later, record, name, storage):
    use(later, record, CODE, cast.operator)
    record.refresh_from_db()
    Assessment.objects.filter(pk=assessment.pk).update(state="submitted")
    with pytest.raises(RecordLocked) as refused:
        EVERY_CHANGE[name](record, doing(cast))
    assert refused.value.data == {"period": assessment.period.label}
    page = as_user(cast.operator).get(path("evidence_detail", later, record)).content.decode()
    assert f"dipakai juga pada {assessment.period.label}" in page
    assert "Simpan rincian" not in page
    assert (verbs(), len(files_in(storage))) == (["evidence.add", "evidence.attach"], 1)


@pytest.mark.parametrize("name", EVERY_CHANGE)
def test_record_of_another_pokja_does_not_change(as_user, cast, assessment, record, name):
    use(assessment, record, FAR, cast.operator)
    record.refresh_from_db()
    pokja = factories.member_of(cast.unit_a, areas="1")
    with pytest.raises(PermissionDenied):
        EVERY_CHANGE[name](record, {"actor": pokja, "now": timezone.now()})
    page = as_user(pokja).get(path("evidence_detail", assessment, record)).content.decode()
    assert "dipakai juga pada area pokja lain" in page


@pytest.mark.parametrize("name", EVERY_CHANGE)
def test_record_of_a_question_without_a_note_does_not_change(cast, assessment, record, name):
    factories.note(assessment, OTHER, cast.member, for_release=True, released_at=timezone.now())
    Assessment.objects.filter(pk=assessment.pk).update(state="returned", round=2)
    with pytest.raises(NotNoted):
        EVERY_CHANGE[name](record, doing(cast))


@pytest.mark.parametrize("name", sorted(set(EVERY_CHANGE) - {"edit"}))
def test_withdrawn_record_does_not_change(cast, assessment, record, name):
    records.withdraw(evidence=record, reason="x", **doing(cast))
    with pytest.raises(AlreadyWithdrawn):
        EVERY_CHANGE[name](record, doing(cast))


def test_using_a_record_makes_pages_that_show_it_stale(as_user, cast, assessment, record):
    use(assessment, record, OTHER, cast.operator)
    response = as_user(cast.operator).post(path("evidence_edit", assessment, record), DETAILS)
    assert response.status_code == 409


# Further questions


def test_record_is_attached_to_chosen_questions(as_user, cast, assessment, record):
    client, to = as_user(cast.operator), path("evidence_attach", assessment, record)
    page = client.get(to, {"subarea": "A.I.5.i"}).content.decode()
    assert f'value="{OTHER}"' in page
    assert f'value="{CODE}" checked disabled' in client.get(to, {"subarea": "A.I.1.i"}).content.decode()
    assert client.post(to, {"kode": [OTHER, FAR, "tidak ada"]}).status_code == 302
    assert set(record.uses.values_list("question__code", flat=True)) == {CODE, OTHER, FAR}


def test_choice_offers_only_what_the_person_may_change(as_user, cast, assessment, record):
    pokja = factories.member_of(cast.unit_a, areas="1")
    to = path("evidence_attach", assessment, record)
    assert 'name="kode"' in as_user(pokja).get(to, {"subarea": "A.I.1.ii"}).content.decode()
    assert 'name="kode"' not in as_user(pokja).get(to, {"subarea": "A.I.5.i"}).content.decode()
    assert as_user(pokja).post(to, {"kode": OTHER}).status_code == 403


def test_detaching_from_the_record_goes_back_to_it(as_user, cast, assessment, record):
    use(assessment, record, OTHER, cast.operator)
    data = {"bukti": str(record.uuid), "dari": "bukti"}
    response = as_user(cast.operator).post(url(assessment, OTHER, "evidence_detach"), data)
    assert response["Location"] == path("evidence_detail", assessment, record)


def test_record_of_an_earlier_year_is_used_this_year(as_user, cast, assessment):
    before = factories.PeriodFactory(agency=cast.agency, year=2023, quarter=4)
    old = add_file(factories.AssessmentFactory(unit=cast.unit_a, period=before), cast.operator).evidence
    assert use(assessment, old, CODE, cast.operator).reused
    page = as_user(cast.operator).get(url_of(assessment, "evidence_list")).content.decode()
    assert "Dari tahun 2023" in page


def test_record_of_a_later_year_is_not_used(as_user, cast, assessment):
    after = factories.PeriodFactory(agency=cast.agency, year=2025)
    new = add_file(factories.AssessmentFactory(unit=cast.unit_a, period=after), cast.operator).evidence
    with pytest.raises(AlreadyWithdrawn):
        use(assessment, new, CODE, cast.operator)


# Reading


@pytest.mark.parametrize(
    ("person", "status"), [("operator", 200), ("member", 200), ("inspector", 200), ("admin", 403), ("stranger", 404)]
)
def test_record_is_read_by_those_who_read_the_worksheet(as_user, cast, assessment, record, person, status):
    response = as_user(getattr(cast, person)).get(path("evidence_detail", assessment, record))
    assert response.status_code == status
    assert ("SK Tim Kerja.pdf" in response.content.decode()) is (status == 200)
    assert "Simpan rincian" not in response.content.decode() or person == "operator"


@pytest.mark.parametrize("count", [1, 3])
def test_record_page_asks_seven_queries(as_user, cast, assessment, record, count, django_assert_num_queries):
    for number in range(1, count):
        records.add_record_file(evidence=record, **file_of(number + 1), **doing(cast))
        use(assessment, record, f"A.I.1.ii.{'abc'[number]}", cast.operator)
    client = as_user(cast.operator)
    client.get(path("evidence_detail", assessment, record))
    with django_assert_num_queries(7):
        page = client.get(path("evidence_detail", assessment, record)).content.decode()
    assert page.count('class="detail-file"') == count
