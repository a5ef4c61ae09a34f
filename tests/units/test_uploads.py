"""The scanner that every upload passes: what gets in, what does not, and the reason that people read.

Here it runs as it does for people: the contents are parsed in a process of its own.
"""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from PIL import ImageFile

from tests.units import upload_files as made
from tests.units.benign_files import BENIGN_FILES
from tests.units.hostile_files import HOSTILE_FILES, PDF
from tests.units.hostile_names import HOSTILE_NAMES
from tests.units.signed_pdf import is_genuine
from units.uploads import UploadRefused, accepted_endings, scan_upload
from units.uploads.refusals import MESSAGES


def reason_for(name: str, content: bytes, **policy: object) -> str:
    """Why the file is refused; empty when it is accepted."""
    try:
        scan_upload(made.upload(name, content), settings.UPLOAD_POLICY | policy)
    except UploadRefused as refusal:
        return refusal.reason
    return ""


def benign(name: str) -> bytes:
    content = BENIGN_FILES[name]
    return content() if callable(content) else content


def one_of_each() -> list[str]:
    """For every kind and reason one hostile file; test_upload_checks.py has them all."""
    found = {(name.rpartition(".")[2], case.reason): name for name, case in HOSTILE_FILES.items()}
    return sorted(found.values())


def test_there_are_fifty_benign_files():
    assert len(BENIGN_FILES) >= 50


@pytest.mark.parametrize("name", BENIGN_FILES)
def test_upload_benign_is_accepted(name):
    assert reason_for(name, benign(name)) == ""


@pytest.mark.parametrize("name", [name for name in BENIGN_FILES if "ditandatangani" in name])
def test_signed_file_of_the_corpus_is_signed(name):
    assert is_genuine(benign(name))


@pytest.mark.parametrize("name", one_of_each())
def test_upload_hostile_content_is_refused(name):
    case = HOSTILE_FILES[name]
    assert reason_for(name, case.bytes, **case.policy) == case.reason


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_upload_hostile_name_is_refused(name):
    assert reason_for(name, PDF) == HOSTILE_NAMES[name]


def test_upload_accepted_tells_kind_size_hash_and_name():
    file = made.upload("Foto Kegiatan.JPEG", made.image_bytes("JPEG"))
    scanned = scan_upload(file)
    assert (scanned.kind, scanned.safe_name) == ("jpg", "Foto Kegiatan.JPEG")
    content = file.read()  # the scanner leaves it at its start
    assert (scanned.size, len(scanned.sha256)) == (len(content), 64)


@pytest.mark.parametrize("name", ["surat.pdf", "skrip.pdf"])
def test_upload_on_disk_is_examined_where_it_lies(name):
    """As the upload handler of the settings gives it."""
    content = HOSTILE_FILES[name].bytes if name in HOSTILE_FILES else PDF
    upload = TemporaryUploadedFile(name, "application/pdf", len(content), None)
    upload.write(content)
    upload.seek(0)
    found = ""
    try:
        scan_upload(upload)
    except UploadRefused as refusal:
        found = refusal.reason
    assert found == ("" if name == "surat.pdf" else "pdf_active")


@pytest.mark.parametrize(
    ("limits", "reason"), [({"check_seconds": 0.01}, "timeout"), ({"check_memory_bytes": 16_000_000}, "crash")]
)
def test_upload_that_cannot_be_examined_is_refused(limits, reason):
    """Neither slowness nor a crash of the parser is an acceptance, or a fault of the page."""
    assert reason_for("surat.pdf", PDF, **limits) == reason


def test_truncated_image_is_refused_beside_a_library_that_lets_them_pass(monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    assert reason_for("terpotong.jpg", HOSTILE_FILES["terpotong.jpg"].bytes) == "broken"


def test_upload_of_other_kinds_is_refused_where_only_pdf_is_asked():
    assert reason_for("foto.png", made.image_bytes("PNG"), kinds=("pdf",)) == "kind"


def test_upload_at_a_limit_is_accepted():
    """One more is refused: the corpus has it."""
    assert reason_for("surat.pdf", PDF, max_file_bytes=len(PDF)) == ""
    assert reason_for("a.png", made.image_bytes("PNG", (20, 20)), max_pixels=400) == ""
    assert reason_for("a.pdf", made.pdf_bytes(made.empty_pdf(3)), max_pages=3) == ""
    assert reason_for("a.docx", made.zipped(made.docx_parts()), max_members=3) == ""


def test_upload_policy_names_the_endings_that_forms_offer():
    assert accepted_endings() == (".pdf", ".jpg", ".jpeg", ".png", ".docx", ".xlsx")
    assert accepted_endings({"kinds": ("pdf",)}) == (".pdf",)


def test_every_refusal_has_a_sentence_of_its_own():
    sentences = [str(sentence) for sentence in MESSAGES.values()]
    assert len(set(sentences)) == len(MESSAGES)
    assert [sentence for sentence in sentences if not sentence.endswith(".")] == []


def test_upload_refusal_names_the_limit():
    with pytest.raises(UploadRefused) as refusal:
        scan_upload(made.upload("surat.pdf", b"x" * 3_000_000), settings.UPLOAD_POLICY | {"max_file_bytes": 2_097_152})
    assert str(refusal.value.message) == (
        "Ukuran berkas melebihi 2 MB. Perkecil berkas atau bagi menjadi beberapa berkas."
    )


ROOT = Path(__file__).resolve().parent.parent.parent


def sources(layer):
    for app in ("assessments", "units"):
        yield from sorted((ROOT / app / layer).rglob("*.py"))


def test_uploads_reach_views_only_through_forms():
    """`request.FILES` goes into a form and nowhere else (SEC-35)."""
    loose = []
    for path in [*sources("views"), *sources("services"), *sources("importers")]:
        tree = ast.parse(path.read_text())
        files = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "FILES"]
        in_forms = {
            id(part)
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("Form")
            for part in ast.walk(call)
        }
        loose += [f"{path.name}:{node.lineno}" for node in files if id(node) not in in_forms]
    assert loose == []


def test_contents_are_examined_whoever_reads_them():
    """Who gives the scanner another `examine` names a function that leads to the same checks (SEC-35)."""
    leads = {"read_apart": "assessments.importers.child"}  # what a stand-in may call, and the process that this starts
    strays = []
    for path in sources(""):
        tree = ast.parse(path.read_text())
        functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        for call in [node for node in ast.walk(tree) if isinstance(node, ast.Call)]:
            if not ast.unparse(call.func).endswith("scan_upload"):
                continue
            given = [ast.unparse(word.value).rpartition(".")[2] for word in call.keywords if word.arg == "examine"]
            called = [calls_of(functions[name]) if name in functions else set() for name in given]
            strays += [f"{path.name}:{call.lineno}" for names in called if not names & leads.keys()]
    assert strays == []
    for module in leads.values():
        served = ast.parse((ROOT / module.replace(".", "/")).with_suffix(".py").read_text())
        assert "examine" in {
            name for node in served.body if isinstance(node, ast.FunctionDef) for name in calls_of(node)
        }


def calls_of(function):
    """Names of what a function calls for sure: not those that only stand in it."""
    return {ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}


def test_forms_with_a_file_field_ask_the_scanner():
    """A file field that does not lead to `scan_upload` would be a second way in (SEC-35)."""
    unscanned = []
    for path in sources("forms"):
        tree = ast.parse(path.read_text())
        functions = {node.name: ast.unparse(node) for node in tree.body if isinstance(node, ast.FunctionDef)}
        for made_class in [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]:
            text = ast.unparse(made_class)
            called = [body for name, body in functions.items() if f"{name}(" in text]
            if re.search(r"\b(FileField|ImageField)\b", text) and "scan_upload(" not in "".join([text, *called]):
                unscanned.append(f"{path.name}:{made_class.name}")
    assert unscanned == []
