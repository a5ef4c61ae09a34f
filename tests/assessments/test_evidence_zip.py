"""The ZIP of a unit's evidence: laid out like the LKE, safe names, hashes that agree."""

import hashlib
import io
import shutil
import subprocess
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from assessments.exporters.evidence_zip import FILE_MAX, Names, safe_name
from assessments.models import EvidenceFile
from assessments.services import evidence as services
from assessments.services.evidence_records import revise_file, withdraw
from tests import factories
from tests.assessments.stored_evidence import CODE, OTHER, add_file, file_of, url_of

AREA_1 = "A.I.1 Manajemen Perubahan/A.I.1.i Penyusunan Tim Kerja/A.I.1.i.b Apakah anggota tim ditentukan"
AREA_5 = "A.I.5 Penguatan Pengawasan/A.I.5.i Pengendalian Gratifikasi/A.I.5.i.a Apakah kampanye publik (public"
pytestmark = pytest.mark.usefixtures("storage")

HOSTILE = (
    "CON.pdf", "nul.tar.pdf", "a/../../b.pdf", "a\\b.pdf", 'x<>:"|?*.pdf', "SK.pdf", "sk.pdf", "Sk.PDF",
    "titik. . .pdf", "x" * 300 + ".pdf", "\u202egnp.pdf", "baris\nbaru.pdf",
    "e\u0301.pdf", "\u00e9.pdf", "\U0001f600.pdf", "-rf.pdf",
    ".pdf", "...", "com1", "LPT9.pdf", "spasi .pdf",
)  # fmt: skip


def got(client, assessment):
    response = client.get(url_of(assessment, "evidence_zip"))
    return response, b"".join(response.streaming_content) if response.streaming else b""


def opened(content):
    return zipfile.ZipFile(io.BytesIO(content))


def test_zip_is_laid_out_like_the_lke(as_user, cast, assessment):
    record = add_file(assessment, cast.operator).evidence
    services.attach(assessment=assessment, code=OTHER, evidence=record, actor=cast.operator, now=timezone.now())
    factories.evidence_for(assessment, CODE, cast.operator, title="Laman unit")
    response, content = got(as_user(cast.operator), assessment)
    archive = opened(content)
    assert archive.testzip() is None
    assert archive.namelist() == [
        "index.html",
        "SHA256SUMS.txt",
        f"{AREA_1}/SK Tim Kerja.pdf",
        f"{AREA_5}/SK Tim Kerja.pdf",
    ]
    index = archive.read("index.html").decode()
    assert '<a href="https://contoh.go.id/bukti" rel="noopener noreferrer">' in index
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"].startswith(f'attachment; filename="Bukti {assessment.unit.name}')
    assert (response["X-Content-Type-Options"], response["Cache-Control"]) == ("nosniff", "private, no-store")


def hostile_files(assessment, actor):
    """A record of files with names that somebody made on purpose, past the scanner, which refuses most of them."""
    record = add_file(assessment, actor).evidence
    now = timezone.now()
    for number, name in enumerate(HOSTILE, 2):
        content = name.encode()
        path = default_storage.save(f"evidence/xx/{number}", ContentFile(content))
        digest = hashlib.sha256(content).hexdigest()
        EvidenceFile.objects.create(
            evidence=record, slot=number, file=path, original_name=name[:255], kind="pdf", size=len(content),
            sha256=digest, uploaded_by=actor, uploaded_at=now,
        )  # fmt: skip


def test_hostile_names_are_unpacked_and_verified(as_user, cast, assessment, tmp_path):
    hostile_files(assessment, cast.operator)
    _response, content = got(as_user(cast.operator), assessment)
    names = opened(content).namelist()
    assert len({name.casefold() for name in names}) == len(names) == len(HOSTILE) + 3
    assert [name for name in names if max(map(len, name.split("/"))) > FILE_MAX or len(name) > 230] == []
    (tmp_path / "bukti.zip").write_bytes(content)
    assert shutil.which("sha256sum"), "coreutils"
    zipfile.ZipFile(tmp_path / "bukti.zip").extractall(tmp_path / "keluar")
    found = {str(path.relative_to(tmp_path / "keluar")) for path in (tmp_path / "keluar").rglob("*") if path.is_file()}
    assert found == set(names)
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS.txt"],
        cwd=tmp_path / "keluar", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (checked.returncode, checked.stdout.count(": OK")) == (0, len(HOSTILE) + 2)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("SK.pdf", "SK.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("nul", "_nul"),
        ("com¹.pdf", "_com¹.pdf"),
        ("../../b.pdf", ".._.._b.pdf"),
        ('a<>:"|?*.pdf', "a_______.pdf"),
        ("a\u202eb\x00.pdf", "a_b_.pdf"),
        ("titik. . .pdf", "titik.pdf"),
        ("...", "_"),
        ("e\u0301.pdf", "\u00e9.pdf"),
        ("x" * 300 + ".pdf", "x" * 76 + ".pdf"),
    ],
)
def test_name_is_made_safe(name, safe):
    assert safe_name(name) == safe


def test_names_are_unique_without_regard_to_case():
    names = Names()
    given = [names.unique("f", name) for name in ("SK.pdf", "sk.PDF", "sk.pdf", "x" * 76 + ".pdf", "x" * 76 + ".pdf")]
    assert given == ["f/SK.pdf", "f/sk (2).PDF", "f/sk (3).pdf", f"f/{'x' * 76}.pdf", f"f/{'x' * 72} (2).pdf"]
    assert names.unique("g", "SK.pdf") == "g/SK.pdf"


def test_only_files_in_force_are_packed(as_user, cast, assessment):
    record = add_file(assessment, cast.operator).evidence
    revise_file(file=record.files.get(), **file_of(2, "rev.pdf"), actor=cast.operator, now=timezone.now())
    gone = add_file(assessment, cast.operator, 3, name="salah.pdf").evidence
    withdraw(evidence=gone, reason="Salah unggah", actor=cast.operator, now=timezone.now())
    archive = opened(got(as_user(cast.operator), assessment)[1])
    assert [name.rpartition("/")[2] for name in archive.namelist()] == ["index.html", "SHA256SUMS.txt", "rev.pdf"]
    assert "Salah unggah" in archive.read("index.html").decode()


def test_missing_bytes_are_said_and_do_not_break_the_zip(as_user, cast, assessment):
    record = add_file(assessment, cast.operator).evidence
    default_storage.delete(record.files.get().file.name)
    archive = opened(got(as_user(cast.operator), assessment)[1])
    assert archive.namelist() == ["index.html", "SHA256SUMS.txt"]
    assert "berkas tidak ditemukan" in archive.read("index.html").decode()


def test_text_of_people_stays_text_in_the_index(as_user, cast, assessment):
    factories.evidence_for(assessment, CODE, cast.operator, title="<script>alert(1)</script>")
    index = opened(got(as_user(cast.operator), assessment)[1]).read("index.html").decode()
    assert "<script" not in index
    assert "&lt;script&gt;" in index


@pytest.mark.parametrize(
    ("name", "status"),
    [("operator", 200), ("member", 200), ("inspector", 200), ("admin", 403), ("stranger", 404), ("reader", 404)],
)
def test_zip_is_for_those_who_read_the_worksheet(as_user, cast, assessment, name, status):
    add_file(assessment, cast.operator)
    response = as_user(getattr(cast, name)).get(url_of(assessment, "evidence_zip"))
    assert (response.status_code, response.streaming) == (status, status == 200)


def test_zip_is_not_given_to_another_site(as_user, cast, assessment):
    headers = {"Sec-Fetch-Site": "cross-site"}
    response = as_user(cast.operator).get(url_of(assessment, "evidence_zip"), headers=headers)
    assert response.status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_zip_asks_six_queries(as_user, cast, assessment, count, django_assert_num_queries):
    for number in range(count):
        add_file(assessment, cast.operator, number + 1)
    client = as_user(cast.operator)
    client.get(url_of(assessment, "evidence_list"))
    with django_assert_num_queries(6):
        got(client, assessment)


def test_memory_does_not_grow_with_the_zip(cast, assessment, as_user):
    """Pieces come while files are read: the first ones before the second file is opened."""
    for number in (1, 2):
        add_file(assessment, cast.operator, number, name=f"{number}.pdf")
    response = as_user(cast.operator).get(url_of(assessment, "evidence_zip"))
    pieces = iter(response.streaming_content)
    seen = b""
    while b"1.pdf" not in seen.partition(b"SHA256SUMS.txt")[2].partition(b"2.pdf\n")[2]:
        seen += next(pieces)
    default_storage.delete(EvidenceFile.objects.get(original_name="2.pdf").file.name)
    with pytest.raises(FileNotFoundError):
        list(pieces)
