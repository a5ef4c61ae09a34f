"""Evidence under parallel requests: the quota holds (SEC-34), nothing is orphaned or escapes a withdrawal."""

from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.utils import timezone

from assessments.models import Evidence, EvidenceFile, EvidenceUse
from assessments.queries.evidence import bytes_of_year
from assessments.services import evidence as services
from assessments.services.copies import EvidenceGone, confirm_copy, copy_answers
from assessments.services.evidence import LastUse
from assessments.services.evidence_records import add_record_file, revise_file, withdraw
from assessments.services.evidence_rules import AlreadyWithdrawn, QuotaFull
from tests import factories
from units.models import AuditEvent
from units.uploads import ScannedFile
from zi_portal.errors import Refused

CODE, OTHER, THIRD = "A.I.1.i.b", "A.I.5.i.a", "A.I.6.i.a"
SIZE = 1_000
SCANNED = ScannedFile(kind="pdf", size=SIZE, sha256="", safe_name="berkas.pdf")
pytestmark = pytest.mark.usefixtures("storage")


def file_of(number):
    """Bytes of their own; what the scanner says of them has its own tests."""
    scanned = replace(SCANNED, sha256=f"{number:064x}")
    return {"upload": ContentFile(bytes([number % 256]) * SIZE, name="berkas.pdf"), "scanned": scanned}


def add(assessment, actor, number, code=CODE):
    where = {"assessment": assessment, "code": code, "title": "", "actor": actor, "now": timezone.now()}
    return services.add_file(**where, **file_of(number))


def outcome(act, *refusals):
    """What it returned, or the class of the refusal that was to be expected."""
    try:
        return act()
    except refusals as refused:
        return type(refused)


def files_in(folder):
    return [path for path in (folder / "evidence").rglob("*") if path.is_file()]


def test_quota_holds_under_parallel_uploads(cast, assessment, settings, storage, at_once):
    """Eight people, five files each, where ten fit; in two quarters, so that no worksheet's lock keeps them apart."""
    later = factories.AssessmentFactory(unit=cast.unit_a, period=factories.PeriodFactory(agency=cast.agency, quarter=3))
    settings.UPLOAD_POLICY = settings.UPLOAD_POLICY | {"max_unit_bytes": 10 * SIZE, "max_files_per_answer": 100}

    def uploads(person):
        where = (assessment, later)[person % 2]
        numbers = range(person * 5, person * 5 + 5)
        return [outcome(lambda n=n: add(where, cast.operator, n).reused, QuotaFull) for n in numbers]

    found = at_once([lambda person=person: uploads(person) for person in range(8)])
    flat = [item for five in found for item in five]
    assert (flat.count(False), flat.count(QuotaFull)) == (10, 30)
    assert (EvidenceFile.objects.count(), len(files_in(storage))) == (10, 10)
    assert bytes_of_year(cast.unit_a.pk, 2024) == 10 * SIZE


def test_same_file_from_eight_hands_is_stored_once(cast, assessment, storage, at_once):
    found = at_once([lambda: add(assessment, cast.operator, 1).evidence.pk] * 8)
    assert (len(set(found)), EvidenceFile.objects.count(), len(files_in(storage))) == (1, 1, 1)


@pytest.mark.parametrize("attempt", range(3))
def test_two_detachments_leave_one_use(cast, assessment, at_once, attempt):
    """Also from two quarters, which do not hold each other's worksheet."""
    later = factories.AssessmentFactory(unit=cast.unit_a, period=factories.PeriodFactory(agency=cast.agency, quarter=3))
    record = add(assessment, cast.operator, 1).evidence
    who = {"evidence": record, "actor": cast.operator, "now": timezone.now()}
    services.attach(assessment=later, code=OTHER, **who)

    def detach(where, code):
        return outcome(lambda: services.detach(assessment=where, code=code, **who), LastUse)

    found = at_once([lambda: detach(assessment, CODE), lambda: detach(later, OTHER)])
    assert sorted(map(str, found)) == sorted(map(str, [None, LastUse]))
    assert EvidenceUse.objects.filter(evidence=record).count() == 1


@pytest.mark.parametrize("attempt", range(3))
def test_withdrawal_concerns_every_use(cast, assessment, at_once, attempt):
    """A quarter that begins to use the record is either refused, or open to whoever withdraws."""
    later = factories.AssessmentFactory(unit=cast.unit_a, period=factories.PeriodFactory(agency=cast.agency, quarter=3))
    record = add(assessment, cast.operator, 1).evidence
    pokja = factories.member_of(cast.unit_a, areas="1")
    now = timezone.now()

    def attach():
        return services.attach(assessment=later, code=THIRD, evidence=record, actor=cast.operator, now=now).reused

    def take_back():
        return withdraw(evidence=record, reason="Keliru", actor=pokja, now=now).withdrawn_reason

    attached, withdrawn = at_once(
        [lambda: outcome(attach, AlreadyWithdrawn), lambda: outcome(take_back, PermissionDenied)]
    )
    record.refresh_from_db()
    uses = set(record.uses.values_list("question__code", flat=True))
    if withdrawn == "Keliru":  # area 6 is not this pokja's: it may withdraw only what area 6 does not use
        assert (attached, uses) == (AlreadyWithdrawn, {CODE})
    else:
        assert (attached, uses, record.withdrawn_at) == (True, {CODE, THIRD}, None)


@pytest.mark.parametrize("attempt", range(3))
def test_copy_brings_no_record_that_was_just_withdrawn(cast, assessment, at_once, attempt):
    """Confirming comes before the withdrawal, or learns of it."""
    later = factories.AssessmentFactory(unit=cast.unit_a, period=factories.PeriodFactory(agency=cast.agency, quarter=3))
    factories.answer(assessment, CODE, "B", by=cast.operator)
    record = add(assessment, cast.operator, 1).evidence
    what = {"assessment": later, "actor": cast.operator, "now": timezone.now()}
    copy_answers(areas=None, **what)

    def confirm():
        return confirm_copy(code=CODE, evidence={record.uuid}, version=0, **what).version

    def take_back():
        return withdraw(evidence=record, reason="Keliru", actor=cast.head, now=timezone.now()).withdrawn_reason

    confirmed, withdrawn = at_once([lambda: outcome(confirm, EvidenceGone), lambda: outcome(take_back)])
    verbs = AuditEvent.objects.filter(verb__in=("copy.confirm", "evidence.withdraw")).order_by("pk")
    done = list(verbs.values_list("verb", flat=True))
    expected = ["copy.confirm", "evidence.withdraw"] if confirmed == 1 else ["evidence.withdraw"]
    assert (confirmed in (1, EvidenceGone), withdrawn, done) == (True, "Keliru", expected)


def test_parallel_revisions_count_on(cast, assessment, at_once):
    """Everybody replaces the file that they saw; the second learns that it is no longer there."""
    first = add(assessment, cast.operator, 0).evidence.files.get()
    who = {"actor": cast.operator, "now": timezone.now()}

    def revise(number):
        return outcome(lambda: revise_file(file=first, **file_of(number), **who).revision, Refused)

    found = at_once([lambda number=number: revise(number) for number in range(1, 5)])
    assert found.count(2) == 1
    assert list(EvidenceFile.objects.order_by("revision").values_list("slot", "revision")) == [(1, 1), (1, 2)]


def test_parallel_files_of_one_record_get_places_of_their_own(cast, assessment, storage, at_once):
    record = add(assessment, cast.operator, 0).evidence
    who = {"evidence": record, "actor": cast.operator, "now": timezone.now()}
    found = at_once([lambda n=n: add_record_file(**file_of(n), **who).slot for n in range(1, 5)])
    assert sorted(found) == [2, 3, 4, 5]
    assert (Evidence.objects.count(), len(files_in(storage))) == (1, 5)
