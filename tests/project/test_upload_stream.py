"""A body that is too large is left unread: the limit acts while it streams in (SEC-22)."""

import io
import tempfile
from pathlib import Path

import pytest
from django.core.exceptions import TooManyFilesSent
from django.test import RequestFactory

from zi_portal.uploads import UploadTooLarge

MEGABYTE = 1024 * 1024
HEAD = (
    b'--b\r\nContent-Disposition: form-data; name="berkas"; filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
)


class Endless(io.RawIOBase):
    """A part of a form that never ends; counts what was taken."""

    def __init__(self) -> None:
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        size = 64 * 1024 if size < 0 else size
        piece = (HEAD + b"%PDF-" + bytes(size))[:size] if not self.taken else bytes(size)
        self.taken += size
        return piece


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def post(stream: io.RawIOBase, length: str):
    kind = "multipart/form-data; boundary=b"
    return RequestFactory().generic(
        "POST", "/", **{"wsgi.input": stream, "CONTENT_LENGTH": length, "CONTENT_TYPE": kind}
    )


def test_body_larger_than_the_limit_is_left_unread(settings, temporary: Path):
    """One gigabyte is announced; reading stops within a megabyte of the limit, and no file stays."""
    settings.UPLOAD_POLICY = {**settings.UPLOAD_POLICY, "max_file_bytes": 2 * MEGABYTE}
    stream = Endless()
    with pytest.raises(UploadTooLarge):
        _ = post(stream, str(1024 * MEGABYTE)).FILES
    assert 2 * MEGABYTE < stream.taken <= 3 * MEGABYTE
    assert list(temporary.iterdir()) == []


def test_body_without_a_length_is_not_read():
    """Chunked: the application server hands on no length, and without one nothing is taken."""
    stream = Endless()
    assert list(post(stream, "").FILES) == []
    assert stream.taken == 0


def test_body_shorter_than_announced_gives_no_file():
    request = post(io.BytesIO(HEAD + b"%PDF-1.7"), str(10 * MEGABYTE))
    assert [file.size for file in request.FILES.values()] in ([], [8])


def test_body_of_a_thousand_parts_is_refused(settings):
    parts = b"".join(HEAD.replace(b"berkas", b"b%d" % number) + b"x\r\n" for number in range(1_000)) + b"--b--\r\n"
    with pytest.raises(TooManyFilesSent):
        _ = post(io.BytesIO(parts), str(len(parts))).FILES
