"""The malware scan of stored files: nothing is served that was not cleared, and who is told of a find (SEC-29)."""

import hashlib
import io
import logging
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from assessments.models import Assessment, EvidenceFile, NoteFile
from assessments.services import evidence as services
from assessments.services.evidence_records import revise_file
from assessments.services.threads import Upload, Words, clarify
from assessments.services.visits import FindingDraft, VisitDraft, save_finding, save_visit
from tests import factories, fake_clamd
from tests.units import upload_files as made
from units.models import AuditEvent, Declaration, Decree, FileScan, Notice
from units.services import scans
from units.tasks import scan_file
from units.uploads import ScannedFile, UploadRefused, scan_upload
from units.uploads.refusals import MESSAGES

CODE, OTHER = "A.I.1.i.a", "A.I.5.i.a"
HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.usefixtures("storage")


@pytest.fixture
def scanner(settings):
    fake, settings.CLAMD_URL = fake_clamd.tcp()
    yield fake
    fake.stop()


def infected_pdf():
    pdf = made.empty_pdf()
    pdf.pages[0].Contents = made.Stream(pdf, b"% " + fake_clamd.EICAR + b"\n")
    return made.pdf_bytes(pdf, compress_streams=False)


def infected_docx():
    return made.zipped(made.docx_parts(f"<w:p><w:r><w:t>{fake_clamd.EICAR.decode()}</w:t></w:r></w:p>"))


INFECTED = {"pdf": infected_pdf, "docx": infected_docx}


def arrive(name, content):
    """What scan_upload says of a file that is fine; asked for real only where a test is about it."""
    kind, sha256 = name.rpartition(".")[2], hashlib.sha256(content).hexdigest()
    return {"upload": made.upload(name, content), "scanned": ScannedFile(kind, len(content), sha256, name)}


def add(assessment, actor, content, name="SK Tim.pdf", code=CODE):
    where = {"assessment": assessment, "code": code, "title": "", "actor": actor, "now": timezone.now()}
    return services.add_file(**where, **arrive(name, content)).evidence.files.get()


def work():
    """What the worker does with the queue."""
    for task in DBTaskResult.objects.filter(task_path="units.tasks.scan_file").order_by("enqueued_at"):
        scan_file.call(*task.args_kwargs["args"])
    DBTaskResult.objects.all().delete()


def states():
    return sorted(FileScan.objects.values_list("state", flat=True))


def at(name, assessment, *more):
    return reverse(name, args=(assessment.unit.agency.code, assessment.unit.code, assessment.period.code, *more))


def served(browser, file):
    """Status of the download, of the page with the preview, of the same for htmx, and of the image of a page."""
    view = reverse("evidence_view", args=(file.uuid,))
    return (
        browser.get(reverse("evidence_download", args=(file.uuid,))).status_code,
        browser.get(view).status_code,
        browser.get(view, headers=HTMX).status_code,
        browser.get(reverse("evidence_page", args=(file.uuid, 1))).status_code,
    )


def zipped(browser, assessment):
    """Names of the files in the ZIP, and its index."""
    response = browser.get(at("evidence_zip", assessment))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    names = [name.rpartition("/")[2] for name in archive.namelist() if name.count("/")]
    return names, archive.read("index.html").decode()


# Before there is a verdict


def test_file_waits_for_the_worker_and_is_served_once_it_is_clean(as_user, cast, assessment, scanner):
    file = add(assessment, cast.operator, made.pdf_bytes())
    browser = as_user(cast.operator)
    assert (states(), scanner.seen) == (["pending"], [])
    assert served(browser, file) == (409, 409, 409, 409)
    page = browser.get(reverse("evidence_download", args=(file.uuid,))).content.decode()
    assert ("Berkas ini belum dapat dibuka" in page, "menunggu pemeriksaan virus" in page) == (True, True)
    names, index = zipped(browser, assessment)
    assert (names, "SK Tim.pdf (tidak disertakan: masih menunggu pemeriksaan virus)" in index) == ([], True)
    work()
    assert (states(), scanner.seen) == (["clean"], [made.pdf_bytes()])
    assert served(browser, file) == (200, 200, 200, 404)
    assert zipped(browser, assessment)[0] == ["SK Tim.pdf"]
    assert not AuditEvent.objects.filter(verb__contains="quarantine").exists()


def test_state_stands_beside_the_file_everywhere(as_user, cast, assessment, scanner):
    """The worksheet, the library, the record and TPI's desk say it in words; the images stay away."""
    file = add(assessment, cast.operator, infected_pdf())
    Assessment.objects.filter(pk=assessment.pk).update(state="review_member")
    unit = [
        at("worksheet", assessment, "A.I.1.i"),
        at("evidence_list", assessment),
        at("evidence_detail", assessment, file.evidence.uuid),
    ]
    pages = [(cast.operator, url) for url in unit] + [(cast.member, at("desk_question", assessment, CODE))]
    for words in ("Menunggu pemeriksaan virus", "Dikarantina"):
        for person, url in pages:
            html = as_user(person).get(url).content.decode()
            assert (url, words in html) == (url, True)
            assert reverse("evidence_download", args=(file.uuid,)) not in html
        work()


@pytest.mark.parametrize("answer", [b"halo\0", b"stream: OK", b"", b"INSTREAM size limit exceeded. ERROR\0"])
def test_file_without_a_clear_verdict_stays_pending_until_there_is_one(
    as_user, cast, assessment, scanner, caplog, answer
):
    scanner.answer = lambda _content: answer
    file = add(assessment, cast.operator, made.pdf_bytes())
    with caplog.at_level(logging.WARNING, logger="portal.security"):
        work()
    assert (states(), served(as_user(cast.operator), file)[0], len(scanner.seen)) == (["pending"], 409, 1)
    assert "virusscan:incomplete" in [
        record.event.get("reason") for record in caplog.records if hasattr(record, "event")
    ]
    scanner.answer = fake_clamd.judge
    call_command("scan_files")
    assert (states(), served(as_user(cast.operator), file)[0]) == (["clean"], 200)


def test_scanner_that_is_down_holds_files_until_it_is_back(as_user, cast, assessment, scanner, settings, capsys):
    files = [add(assessment, cast.operator, b"%PDF-1.7 " + bytes([pages])) for pages in (1, 2, 3, 4)]
    back, settings.CLAMD_URL = settings.CLAMD_URL, "tcp://127.0.0.1:9"
    work()
    call_command("scan_files")
    assert "tidak menjawab" in capsys.readouterr().err
    assert FileScan.objects.filter(asked_at__isnull=False, claimed_until__isnull=True, state="pending").count() == 4
    assert [served(as_user(cast.operator), file)[0] for file in files] == [409] * 4
    settings.CLAMD_URL = back
    call_command("scan_files", verbosity=2)
    assert (states(), capsys.readouterr().out) == (["clean"] * 4, "4 berkas | files\n")


def test_those_not_asked_for_longest_come_first(cast, assessment, scanner):
    """So that one that never gets a verdict does not hold up the others."""
    now = timezone.now()
    for number, asked in enumerate((now, None, now - timedelta(hours=1))):
        FileScan.objects.create(sha256=f"{number}" * 64, path="tiada", requested_at=now, asked_at=asked)
    assert [sha256[0] for sha256 in scans.waiting(now=now)] == ["1", "2", "0"]


# A find


@pytest.mark.parametrize("kind", INFECTED)
def test_virus_is_quarantined_told_and_recorded(
    as_user, cast, assessment, scanner, caplog, django_capture_on_commit_callbacks, kind
):
    assert scan_upload(made.upload(f"SK Tim.{kind}", INFECTED[kind]())).kind == kind  # nothing else is wrong with it
    file = add(assessment, cast.operator, INFECTED[kind](), name=f"SK Tim.{kind}")
    with caplog.at_level(logging.INFO, logger="portal.security"), django_capture_on_commit_callbacks(execute=True):
        work()
    scan = FileScan.objects.get()
    assert (scan.state, scan.signature) == ("quarantined", "Eicar-Test-Signature")
    events = [record.event for record in caplog.records if record.name == "portal.security"]
    assert [(event["event"], event["reason"], event["sha256"]) for event in events] == [
        ("upload_validation", "virusscan:FAILED", file.sha256)
    ]
    browser = as_user(cast.operator)
    assert served(browser, file) == (409, 409, 409, 409)
    page = browser.get(reverse("evidence_download", args=(file.uuid,))).content.decode()
    assert ("Berkas ini dikarantina" in page, "perlu diunggah berkas lain" in page) == (True, True)
    names, index = zipped(browser, assessment)
    assert (names, "tidak disertakan: dikarantina karena terdeteksi berbahaya" in index) == ([], True)
    event = AuditEvent.objects.get(verb="evidence.quarantine")
    assert (event.actor, event.unit, event.object_id) == (None, assessment.unit, str(file.evidence_id))
    assert event.after["signature"] == "Eicar-Test-Signature"
    told = Notice.objects.filter(kind="evidence_quarantined")
    assert {notice.user for notice in told} == {cast.operator, cast.head}
    assert {notice.path for notice in told} == {at("evidence_detail", assessment, file.evidence.uuid)}
    assert (EvidenceFile.objects.count(), default_storage.exists(file.file.name)) == (1, True)


def test_new_clean_file_takes_the_place_of_one_in_quarantine(as_user, cast, assessment, scanner):
    file = add(assessment, cast.operator, infected_pdf())
    work()
    new = revise_file(file=file, actor=cast.operator, now=timezone.now(), **arrive("SK Baru.pdf", made.pdf_bytes()))
    work()
    browser = as_user(cast.operator)
    assert (served(browser, new)[0], served(browser, file)[0]) == (200, 409)
    assert zipped(browser, assessment)[0] == ["SK Baru.pdf"]


def test_bytes_in_quarantine_are_refused_at_once(as_user, cast, assessment, assessment_b, scanner):
    """By name of the reason (UX-08), also where another unit brings them, and where a stored copy is asked for."""
    file = add(assessment, cast.operator, infected_pdf())
    work()
    with pytest.raises(UploadRefused) as refusal:
        scan_upload(made.upload("lain.pdf", infected_pdf()))
    assert (refusal.value.reason, str(refusal.value.message)) == ("virus", str(MESSAGES["virus"]))
    url = at("evidence_add", assessment_b, CODE)
    answer = as_user(cast.stranger).post(url, {"berkas": made.upload("lain.pdf", infected_pdf())})
    assert (answer.status_code, "terdeteksi berbahaya" in answer.content.decode()) == (422, True)
    copy = as_user(cast.operator).post(at("evidence_add", assessment, OTHER), {"salin": file.uuid})
    assert (copy.status_code, EvidenceFile.objects.count()) == (422, 1)


def test_find_while_the_same_bytes_are_stored_leaves_no_file(cast, assessment, scanner, storage: Path):
    arrived = arrive("SK.pdf", infected_pdf())
    now = timezone.now()
    FileScan.objects.create(
        sha256=arrived["scanned"].sha256,
        path="lain",
        state="quarantined",
        signature="X",
        requested_at=now,
        scanned_at=now,
    )
    with pytest.raises(UploadRefused):
        services.add_file(assessment=assessment, code=CODE, title="", actor=cast.operator, now=now, **arrived)
    assert (EvidenceFile.objects.count(), [path for path in storage.rglob("*") if path.is_file()]) == (0, [])


def test_same_bytes_are_scanned_once(cast, assessment, assessment_b, scanner):
    add(assessment, cast.operator, made.pdf_bytes())
    work()
    file = add(assessment_b, cast.stranger, made.pdf_bytes())
    assert not DBTaskResult.objects.filter(task_path="units.tasks.scan_file").exists()
    call_command("scan_files")
    assert (len(scanner.seen), states()) == (1, ["clean"])
    assert EvidenceFile.objects.get(pk=file.pk).hold == ""


def test_false_alarm_is_scanned_again(as_user, cast, assessment, scanner):
    file = add(assessment, cast.operator, infected_pdf())
    work()
    scanner.answer = lambda _content: fake_clamd.OK
    call_command("scan_files", again=file.sha256.upper())
    assert (states(), served(as_user(cast.operator), file)[0]) == (["clean"], 200)
    before = AuditEvent.objects.get(verb="file.scan_again").before
    assert before == {"state": "quarantined", "signature": "Eicar-Test-Signature"}
    with pytest.raises(CommandError):
        call_command("scan_files", again="0" * 64)


# Other files


def test_files_of_notes_and_photos_are_held_and_only_who_added_them_is_told(as_user, cast, assessment, scanner):
    Assessment.objects.filter(pk=assessment.pk).update(state="review_member")
    assessment.refresh_from_db()
    now = timezone.now()
    note = arrive("nota.pdf", infected_pdf())
    words = Words("Mana?", files=(Upload(note["upload"], note["scanned"]),))
    clarify(assessment=assessment, code=CODE, words=words, actor=cast.member, now=now)
    where = {"assessment": assessment, "actor": cast.member, "now": now}
    visit = save_visit(**where, visit=None, draft=VisitDraft(timezone.localdate(), "Kantor", "TPI", "Ringkas"))
    photo = arrive("ruang.png", made.image_bytes("PNG"))
    draft = FindingDraft("Rusak", photos=[(photo["upload"], photo["scanned"])])
    save_finding(**where, visit=visit, code=OTHER, draft=draft)
    note_file, picture = NoteFile.objects.order_by("pk")
    urls = [reverse("note_file", args=(note_file.uuid,))]
    urls += [reverse(name, args=(picture.uuid,)) for name in ("visit_photo", "visit_photo_small")]
    browser = as_user(cast.member)
    assert [browser.get(url).status_code for url in urls] == [409, 409, 409]
    html = browser.get(at("visits", assessment)).content.decode()
    assert ("Menunggu pemeriksaan virus" in html, urls[2] in html) == (True, False)
    work()
    assert [browser.get(url).status_code for url in urls] == [409, 200, 200]
    assert "Dikarantina" in browser.get(at("desk_question", assessment, CODE)).content.decode()
    assert urls[2] in browser.get(at("visits", assessment)).content.decode()
    assert AuditEvent.objects.get(verb="note.quarantine").object_id == str(note_file.note_id)
    assert list(Notice.objects.filter(kind__contains="quarantined").values_list("user", "kind")) == [
        (cast.member.pk, "note_file_quarantined")
    ]


def test_timer_goes_on_until_every_file_has_been_asked_about_once(cast, assessment, settings, scanner, monkeypatch):
    """Also where one never gets a verdict and the bytes of another are lost."""
    url, settings.CLAMD_URL = settings.CLAMD_URL, ""
    files = [add(assessment, cast.operator, b"%PDF-1.7 " + bytes([number])) for number in range(5)]
    default_storage.delete(files[3].file.name)
    scanner.answer = lambda content: b"halo" if content.endswith(b"\x01") else fake_clamd.OK
    monkeypatch.setattr(scans, "FILES_AT_ONCE", 2)
    settings.CLAMD_URL = url
    call_command("scan_files")
    assert (states(), len(scanner.seen)) == (["clean"] * 3 + ["pending"] * 2, 4)


def test_photo_that_was_taken_away_is_forgotten(cast, assessment, scanner):
    file = add(assessment, cast.operator, made.pdf_bytes())
    default_storage.delete(file.file.name)
    work()
    assert (states(), scanner.seen) == ([], [])


def test_documents_are_held_scanned_and_recorded(as_user, cast, scanner):
    clean, bad = made.pdf_bytes(), infected_pdf()
    browser = as_user(cast.admin)
    values = {"kind": "zi_units", "number": "188", "date": "02-01-2024", "subject": "Penetapan"}
    browser.post(
        reverse("manage_decree_new", args=(cast.agency.code,)), values | {"upload": made.upload("SK.pdf", bad)}
    )
    decree = Decree.objects.get(number="188")
    link = reverse("manage_decree_file", args=(cast.agency.code, decree.pk))
    assert (decree.hold, browser.get(link).status_code) == ("pending", 409)
    work()
    assert (Decree.objects.get(pk=decree.pk).hold, browser.get(link).status_code) == ("quarantined", 409)
    assert AuditEvent.objects.get(verb="decree.quarantine").agency == cast.agency
    listed = browser.get(reverse("manage_decrees", args=(cast.agency.code,))).content.decode()
    assert "Dikarantina" in listed
    url = reverse("manage_decree", args=(cast.agency.code, decree.pk))
    browser.post(url, values | {"upload": made.upload("SK.pdf", clean)})
    work()
    assert browser.get(link).status_code == 200


# Before and after the scanner


def old_file(assessment, actor, content, sha256):
    """From before the scanner was turned on."""
    record = factories.evidence_for(assessment, CODE, actor)
    file = EvidenceFile(evidence=record, original_name="lama.pdf", kind="pdf", size=len(content), sha256=sha256)
    file.uploaded_by, file.uploaded_at = actor, timezone.now()
    file.file.save("a", ContentFile(content), save=False)
    file.save()
    return file


def test_files_from_before_are_held_and_scanned_by_the_timer(as_user, cast, assessment, settings, scanner):
    url, settings.CLAMD_URL = settings.CLAMD_URL, ""
    good = old_file(assessment, cast.operator, made.pdf_bytes(), "a" * 64)
    bad = old_file(assessment, cast.operator, infected_pdf(), "b" * 64)
    paths = [default_storage.save(f"documents/{name}", ContentFile(infected_pdf())) for name in "cd"]
    day = timezone.localdate()
    decree = Decree.objects.create(agency=cast.agency, kind="tpi", number="9", date=day, subject="TPI", file=paths[0])
    declared = {"date": day, "place": "Aula", "signed_count": 1, "staff_count": 2}
    declaration = Declaration.objects.create(unit=cast.unit_a, file=paths[1], **declared)
    browser = as_user(cast.operator)
    call_command("scan_files")
    assert (states(), served(browser, good)[0]) == ([], 200)
    settings.CLAMD_URL = url
    assert served(browser, good)[0] == 409
    call_command("scan_files")
    assert states() == ["clean", "quarantined", "quarantined"]
    assert [served(browser, file)[0] for file in (good, bad)] == [200, 409]
    holds = Decree.objects.get(pk=decree.pk).hold, Declaration.objects.get(pk=declaration.pk).hold
    assert holds == ("quarantined", "quarantined")
    assert AuditEvent.objects.filter(verb__in=("decree.quarantine", "declaration.quarantine")).count() == 2


def test_quarantine_outlives_the_scanner(as_user, cast, assessment, settings, scanner):
    """Turned off, nothing waits any more; what was found stays shut."""
    bad, waiting = add(assessment, cast.operator, infected_pdf()), None
    work()
    waiting = add(assessment, cast.operator, made.pdf_bytes(), code=OTHER)
    settings.CLAMD_URL = ""
    browser = as_user(cast.operator)
    assert [served(browser, file)[0] for file in (bad, waiting)] == [409, 200]
    work()
    assert states() == ["pending", "quarantined"]


def test_without_a_scanner_nothing_is_asked(cast, assessment):
    add(assessment, cast.operator, made.pdf_bytes())
    assert (FileScan.objects.count(), scans.waiting(now=timezone.now())) == (0, [])
    assert not DBTaskResult.objects.filter(task_path="units.tasks.scan_file").exists()


@pytest.mark.parametrize("name", ["worksheet", "evidence_list"])
def test_pages_ask_no_more_with_a_scanner_than_without(as_user, cast, assessment, settings, scanner, name):
    for pages in (1, 2, 3):
        add(assessment, cast.operator, b"%PDF-1.7 " + bytes([pages]))
    browser = as_user(cast.operator)
    url = at(name, assessment, *(["A.I.1.i"] if name == "worksheet" else []))
    browser.get(url)
    counts = []
    for setting in (settings.CLAMD_URL, ""):
        settings.CLAMD_URL = setting
        with CaptureQueriesContext(connection) as queries:
            browser.get(url)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_claim_of_a_worker_that_died_passes_on(cast, assessment, scanner):
    now = timezone.now()
    path = default_storage.save("evidence/x", ContentFile(b"surat"))
    FileScan.objects.create(sha256="a" * 64, path=path, requested_at=now, asked_at=now, claimed_until=now + scans.CLAIM)
    assert (scans.scan(sha256="a" * 64, now=now), states(), scanner.seen) == (True, ["pending"], [])
    assert (scans.waiting(now=now), scans.waiting(now=now + scans.CLAIM)) == ([], ["a" * 64])
    scans.scan(sha256="a" * 64, now=now + scans.CLAIM)
    assert states() == ["clean"]
