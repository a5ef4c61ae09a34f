"""Walks the URLconf: every view stands in the matrix, and every person gets what it says, in every state."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from assessments.models import Assessment, EvidenceFile, NoteFile, Preview, PreviewPage, Report
from assessments.services.snapshots import take_snapshot
from tests import factories
from tests.conftest import Cast
from tests.project.matrix import (
    ACTIONS,
    ADMINISTRATION,
    AGENCY,
    ASSESSMENT,
    LHE_READERS,
    OUTSIDE,
    OWN,
    PEOPLE,
    PUBLIC,
    QUARTERLY_READERS,
    STARTS,
    STATES,
)

CANARY = "kanari-rahasia-7f3a"


@dataclass(frozen=True)
class View:
    name: str
    path: str


def views(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[View]:
    for item in (resolver or get_resolver()).url_patterns:
        path = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            # Django's own admin has its own tests (tests/assessments/test_manage_*): staff only, history read-only.
            if not path.startswith("admin-django/"):
                yield from views(item, path)
        elif isinstance(item, URLPattern) and not path.startswith("admin-django/"):
            yield View(item.name or path, path)


ALL = list(views())
MANAGE = [view for view in ALL if view.path.startswith(ADMINISTRATION)]


def outcome(response: HttpResponse) -> str:
    if response.status_code in (403, 404):
        return str(response.status_code)
    if response.status_code == 401:
        return "login"
    if response.status_code in (301, 302, 303) and response["Location"].startswith(reverse(settings.LOGIN_URL)):
        return "login"
    reached = response.status_code < 400 or response.status_code in (409, 410, 422, 428)
    return "ok" if reached else str(response.status_code)


def test_every_view_stands_in_the_matrix() -> None:
    known = PUBLIC | OWN | set(ASSESSMENT) | set(AGENCY) | set(STARTS) | {"transition", "report_download"}
    assert {view.name for view in ALL} == known | {view.name for view in MANAGE}


@pytest.fixture
def clients(cast: Cast) -> dict[str, Client]:
    found = {}
    for person in PEOPLE:
        client = Client(raise_request_exception=False)
        client.force_login(getattr(cast, person), "django.contrib.auth.backends.ModelBackend")
        found[person] = client
    return found


@pytest.fixture
def subject(assessment: Assessment, cast: Cast) -> Assessment:
    """Unit A's worksheet with one answer, a score, a hidden note and a file of evidence, all with a canary."""
    factories.answer(assessment, "A.I.1.i.a", "Ya", by=cast.operator, note=CANARY)
    factories.answer(assessment, "A.I.1.i.a", "Tidak", by=cast.member, stage="member")
    factories.note(assessment, "A.I.1.i.a", cast.member, CANARY)
    asked = factories.note(
        assessment,
        "A.I.1.ii.a",
        cast.member,
        CANARY,
        kind="clarification",
        for_release=True,
        released_at=timezone.now(),
    )
    factories.note_file(asked, cast.member)
    factories.followup(factories.note(assessment, "A.I.1.i.b", cast.member), cast.member, text=CANARY)
    record = factories.evidence_for(assessment, "A.I.1.i.a", cast.operator, title=CANARY)
    file = EvidenceFile(evidence=record, original_name="a.pdf", kind="pdf", size=4, sha256="0" * 64)
    file.uploaded_by, file.uploaded_at = cast.operator, timezone.now()
    file.file.save("a", ContentFile(b"%PDF"), save=False)
    file.save()
    drawn = Preview.objects.create(sha256=file.sha256, state="ready", page_count=1, requested_at=timezone.now())
    page = PreviewPage(preview=drawn, number=1, width=10, height=10)
    page.image.save("1", ContentFile(b"RIFF"))
    factories.workbook_import(assessment, cast.operator, notes={"A.I.1.i.a": CANARY})
    here = {"code": "A.I.1.i.a", "stage": "member", "round": 1, "blind": False, "version_before": 0, "version_after": 1}
    assessment.bulk_scores.create(actor=cast.member, reason=CANARY, rows=[here], at=timezone.now())
    found = factories.finding(factories.visit(assessment, cast.member, place=CANARY), "A.I.1.i.a", cast.member, CANARY)
    factories.photo(found, cast.member)
    take_snapshot(assessment=assessment, kind="submitted", actor=cast.head, now=timezone.now())
    return assessment


def put_in(assessment: Assessment, state: str, cast: Cast) -> None:
    is_final = state == "final"
    Assessment.objects.filter(pk=assessment.pk).update(
        state=state,
        finalised_at=timezone.now() if is_final else None,
        finalised_by=cast.controller if is_final else None,
    )


def path_of(name: str, assessment: Assessment) -> str:
    where = {"agency": assessment.unit.agency.code, "unit": assessment.unit.code, "period": "2024-2"}
    record = assessment.evidence_uses.get().evidence
    question = "A.I.1.i.a"
    followup = assessment.unit.followups.get().pk
    asked = {"pk": assessment.notes.get(kind="clarification").pk}
    extra: dict[str, dict[str, Any]] = {
        "note_answer": asked,
        "thread_reply": asked,
        "thread_settle": asked,
        "thread_ask": {"question": question},
        "worksheet": {"node": "A.I.1.i"},
        "worksheet_focus": {"code": question},
        "desk": {"node": "A.I.1.i"},
        "desk_question": {"question": question},
        "explain": {"key": "total"},
        "score_save": {"question": question},
        "score_agree": {"question": question},
        "score_withdraw": {"question": question},
        "note_save": {"question": question},
        "answer_save": {"code": question},
        "answer_editing": {"code": question},
        "answer_history": {"code": question},
        "answer_restore": {"code": question},
        "assist_note": {"code": question},
        "evidence_add": {"code": question},
        "evidence_detach": {"code": question},
        "evidence_known": {"code": question},
        "evidence_detail": {"record": record.uuid},
        "evidence_edit": {"record": record.uuid},
        "evidence_attach": {"record": record.uuid},
        "evidence_file_add": {"record": record.uuid},
        "evidence_file_change": {"record": record.uuid, "file": record.files.get().uuid},
        "copy_settle": {"code": question},
        "followup_report": {"pk": followup},
        "followup_owner": {"pk": followup},
        "followup_due": {"pk": followup},
        "followup_settle": {"pk": followup},
        "finding_save": {"visit": assessment.visits.get().pk},
        "bulk_undo": {"step": assessment.bulk_scores.get().pk},
        "workbook_import_preview": {"found": assessment.imports.get().uuid},
        "workbook_import_apply": {"found": assessment.imports.get().uuid},
    }
    if name in ("evidence_download", "evidence_view"):
        return reverse(name, kwargs={"file": record.files.get().uuid})
    if name in ("visit_photo", "visit_photo_small"):
        return reverse(name, kwargs={"file": NoteFile.objects.get(note__visit__assessment=assessment).uuid})
    if name == "note_file":
        return reverse(name, kwargs={"file": assessment.notes.get(kind="clarification").files.get().uuid})
    if name == "evidence_page":
        return reverse(name, kwargs={"file": record.files.get().uuid, "number": 1})
    if name == "evidence_withdraw":
        return reverse(name, kwargs={"record": record.uuid})
    return reverse(name, kwargs=where | extra.get(name, {}))


def tried(client: Client, method: str, path: str, data: dict[str, str]) -> HttpResponse:
    """The answer; whatever it changed is taken back."""
    with transaction.atomic():
        response = getattr(client, method)(path, data)
        transaction.set_rollback(True)
    return response


@pytest.mark.parametrize("name", ASSESSMENT)
def test_view_of_an_assessment_answers_everybody_as_the_matrix_says(
    name: str, subject: Assessment, clients: dict[str, Client], cast: Cast
) -> None:
    rule, path = ASSESSMENT[name], path_of(name, subject)
    data = rule.data | ({"bukti": str(subject.evidence_uses.get().evidence.uuid)} if name == "evidence_detach" else {})
    for state in STATES:
        put_in(subject, state, cast)
        got = {person: outcome(tried(clients[person], rule.method, path, data)) for person in PEOPLE}
        assert (state, got) == (state, {person: rule.expected(person, state) for person in PEOPLE})
        assert outcome(tried(Client(), rule.method, path, data)) == "login"


@pytest.mark.parametrize("action", ACTIONS)
def test_step_of_an_assessment_answers_everybody_as_the_matrix_says(
    action: str, subject: Assessment, clients: dict[str, Client], cast: Cast
) -> None:
    path, rule = path_of("transition", subject), ACTIONS[action]
    data = {"action": action, "reason": "Alasan uji"}
    for state in STATES:
        put_in(subject, state, cast)
        got = {person: outcome(tried(clients[person], "post", path, data)) for person in PEOPLE}
        assert (state, got) == (state, {person: rule.expected(person, state) for person in PEOPLE})


def test_administration_is_for_administrators_of_the_agency(
    subject: Assessment, clients: dict[str, Client], cast: Cast
) -> None:
    for view, method in itertools.product(MANAGE, ("get", "post")):
        path = manage_path(view, subject, cast)
        others = [person for person in PEOPLE if person != "admin"]
        got = {outcome(tried(clients[person], method, path, {})) for person in others}
        assert (view.name, got - {"403", "404", "405"}) == (view.name, set())
        assert outcome(tried(Client(), method, path, {})) == "login"


def test_administrator_opens_every_list_of_their_agency(
    subject: Assessment, clients: dict[str, Client], cast: Cast
) -> None:
    lists = [view for view in MANAGE if "<int:pk>" not in view.path and "berkas" not in view.path]
    got = {
        view.name: tried(clients["admin"], "get", manage_path(view, subject, cast), {}).status_code for view in lists
    }
    assert {name for name, status in got.items() if status not in (200, 302, 405)} == set()


def manage_path(view: View, assessment: Assessment, cast: Cast) -> str:
    known = {
        "agency": cast.agency.code,
        "unit": cast.unit_a.code,
        "year": 2024,
        "quarter": 2,
        "pk": 1,
        "code": assessment.period.instrument.code,
        "version": 1,
    }
    names = [part.split(":")[-1].rstrip(">/") for part in view.path.replace("-", "/").split("/") if "<" in part]
    wanted = [name.split(">")[0] for name in names]
    return reverse(view.name, kwargs={name: known[name] for name in wanted})


@pytest.mark.parametrize("name", sorted(OWN))
def test_own_pages_need_a_log_in_and_nothing_more(name: str, clients: dict[str, Client]) -> None:
    path = reverse(name)
    method = "post" if name in {"logout", "keyboard_shortcuts", "inbox_read"} else "get"
    assert {outcome(tried(clients[person], method, path, {})) for person in PEOPLE} <= {"ok", "login"}
    assert outcome(tried(Client(), method, path, {})) == "login"


@pytest.mark.once
@pytest.mark.parametrize("state", ["review_member", "final"])
def test_no_view_tells_a_stranger_anything_of_the_unit(
    state: str, subject: Assessment, clients: dict[str, Client], cast: Cast
) -> None:
    put_in(subject, state, cast)
    methods = ("get", "post", "put", "patch", "delete", "head")
    for name, person, method in itertools.product(ASSESSMENT, ("stranger", "foreign_inspector"), methods):
        response = tried(clients[person], method, path_of(name, subject), {})
        assert response.status_code in (404, 405), (name, person, method)
        body = b"" if response.streaming else response.content
        assert CANARY.encode() not in body
        assert subject.unit.name.encode() not in body


@pytest.mark.once
@pytest.mark.parametrize("person", ["operator", "head", "assistant"])
def test_internal_note_reaches_nobody_of_the_unit_by_any_page(
    person: str, subject: Assessment, clients: dict[str, Client], cast: Cast
) -> None:
    secret = "catatan-internal-91c"
    subject.notes.filter(released_at__isnull=True).update(text=secret)
    for state, name in itertools.product(STATES, ASSESSMENT):
        put_in(subject, state, cast)
        response = tried(clients[person], "get", path_of(name, subject), {})
        assert secret.encode() not in (b"" if response.streaming else response.content), (state, name)


@pytest.mark.parametrize("name", AGENCY)
def test_view_of_an_agency_answers_everybody_as_the_matrix_says(
    name: str, subject: Assessment, clients: dict[str, Client]
) -> None:
    rule = AGENCY[name]
    path = reverse(name, kwargs={"agency": subject.unit.agency.code, "period": "2024-2"})
    got = {person: outcome(tried(clients[person], rule.method, path, rule.data)) for person in PEOPLE}
    assert got == {person: rule.expected(person, "final") for person in PEOPLE}
    assert outcome(tried(Client(), rule.method, path, rule.data)) == "login"


@pytest.mark.parametrize("name", STARTS)
def test_start_page_is_for_those_who_have_something_there(
    name: str, subject: Assessment, clients: dict[str, Client]
) -> None:
    got = {person for person in PEOPLE if outcome(tried(clients[person], "get", reverse(name), {})) == "ok"}
    assert got == set(STARTS[name])


@pytest.mark.parametrize(("kind", "readers"), [("lhe", LHE_READERS), ("quarterly", QUARTERLY_READERS)])
def test_report_is_downloaded_by_its_readers_only(
    kind: str, readers: tuple[str, ...], subject: Assessment, clients: dict[str, Client], cast: Cast
) -> None:
    put_in(subject, "final", cast)
    report = Report(kind=kind, period=subject.period, number="1/2024", inputs_sha256="0" * 64, sha256="0" * 64, size=4)
    report.assessment = subject if kind == "lhe" else None
    report.made_by, report.made_at = cast.inspector, timezone.now()
    report.file.save("r.pdf", ContentFile(b"%PDF"), save=False)
    report.save()
    path = reverse("report_download", kwargs={"report": report.uuid})
    got = {person: outcome(tried(clients[person], "get", path, {})) for person in PEOPLE}
    assert {person for person, answer in got.items() if answer == "ok"} == set(readers)
    assert {got[person] for person in OUTSIDE} == {"404"}
    assert outcome(tried(Client(), "get", path, {})) == "login"
