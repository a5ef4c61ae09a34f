"""Stored files live and die with their rows, and leave by one door."""

import stat
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import Http404
from django.test import RequestFactory

from units.files import MADE_HERE, content_disposition, private_file_response, stored


def test_stored_file_is_there_before_the_row_and_stays():
    with stored(ContentFile(b"isi"), "documents/uji") as name:
        assert default_storage.exists(name)
    assert default_storage.open(name).read() == b"isi"
    path = Path(default_storage.path(name))
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    default_storage.delete(name)


def test_stored_file_goes_when_the_row_cannot_be_written():
    class RowFailsError(Exception):
        pass

    kept = []

    def write():
        with stored(ContentFile(b"isi"), "documents/uji") as name:
            kept.append(name)
            raise RowFailsError

    with pytest.raises(RowFailsError):
        write()
    assert default_storage.exists(kept[0]) is False


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("surat.pdf", "inline; filename=\"surat.pdf\"; filename*=UTF-8''surat.pdf"),
        ('a";\r\nX: 1.pdf', "inline; filename=\"a____X: 1.pdf\"; filename*=UTF-8''a%22%3B%0D%0AX%3A%201.pdf"),
        ("naïve.pdf", "inline; filename=\"na_ve.pdf\"; filename*=UTF-8''na%C3%AFve.pdf"),
    ],
)
def test_content_disposition_cannot_be_broken_out_of(name, header):
    assert content_disposition("inline", name) == header


def test_file_that_is_no_picture_is_saved_in_a_sandbox(db):
    with stored(ContentFile(b"PK"), "documents/uji") as name:
        answer = private_file_response(RequestFactory().get("/"), name, "rekap.xlsx", "xlsx", hold=MADE_HERE)
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    answer.close()
    default_storage.delete(name)


def test_file_asked_for_by_another_site_is_refused():
    request = RequestFactory().get("/", headers={"Sec-Fetch-Site": "cross-site"})
    with pytest.raises(PermissionDenied):
        private_file_response(request, "documents/uji", "a.pdf", "pdf", hold=MADE_HERE)


def test_file_that_is_gone_is_not_found():
    with pytest.raises(Http404):
        private_file_response(RequestFactory().get("/"), "documents/tidak-ada", "a.pdf", "pdf", hold=MADE_HERE)
