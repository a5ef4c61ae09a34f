"""What is asked of ClamAV's daemon, and that only a clear answer counts (SEC-29)."""

import io
import socket

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests import fake_clamd
from zi_portal import clamd
from zi_portal import env as from_env
from zi_portal.clamd import NoVerdict, is_address, verdict_on


@pytest.fixture
def fake():
    found, url = fake_clamd.tcp()
    found.url = url
    yield found
    found.stop()


def ask(url, content=b"surat"):
    return verdict_on(io.BytesIO(content), url)


def test_clean_file_and_virus_are_told_apart(fake):
    assert ask(fake.url) == ""
    assert ask(fake.url, b"awal" + fake_clamd.EICAR) == "Eicar-Test-Signature"


def test_file_of_many_pieces_arrives_whole(fake):
    content = bytes(range(256)) * 1000
    assert len(content) > 3 * clamd.PIECE_BYTES
    assert ask(fake.url, content) == ""
    assert fake.seen == [content]


def test_local_socket_is_asked_in_the_same_way(tmp_path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "clamd.ctl"))
    local = fake_clamd.started(listener)
    assert ask(f"unix://{tmp_path}/clamd.ctl", fake_clamd.EICAR) == "Eicar-Test-Signature"
    local.stop()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0",
        b"stream: OK",
        b"stream: OK\n",
        b"stream: OK\0\n",
        b"stream: OK \0",
        b"STREAM: OK\0",
        b"stream: FOUND\0",
        b"stream:  FOUND\0",
        b"stream: A FOUND",
        b"stream: A FOUND\nstream: OK\0",
        b"stream: \xc3\xa9 FOUND\0",
        b"INSTREAM size limit exceeded. ERROR\0",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"stream: " + b"x" * 2000 + b" FOUND\0",
    ],
)
def test_answer_that_is_not_clear_is_no_verdict(fake, answer):
    fake.answer = lambda _content: answer
    with pytest.raises(NoVerdict):
        ask(fake.url)


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK\0", b""])
def test_daemon_that_hangs_up_in_the_middle_gives_no_verdict(fake, answer):
    """Its limit is smaller than the file; even a good word about half of a file is none."""
    fake.limit, fake.answer = 1, lambda _content: answer
    with pytest.raises(NoVerdict):
        ask(fake.url, bytes(8_000_000))


def test_daemon_that_is_too_slow_gives_no_verdict(fake, monkeypatch):
    monkeypatch.setattr(clamd, "ANSWER_SECONDS", 0.1)
    fake.seconds = 1
    with pytest.raises(NoVerdict, match="timed out"):
        ask(fake.url)


def test_daemon_that_is_not_there_gives_no_verdict(fake, tmp_path):
    fake.stop()
    for url in (fake.url, f"unix://{tmp_path}/clamd.ctl"):
        with pytest.raises(NoVerdict):
            ask(url)


def test_address_is_checked_when_the_portal_starts(monkeypatch):
    good = ["tcp://host:3310", "tcp://10.0.0.1:3310", "tcp://[::1]:3310", "unix:///run/clamav/clamd.ctl"]
    bad = ["host:3310", "tcp://host", "tcp://:3310", "tcp://host:x", "tcp://host:3310/a", "http://host:80", "unix://a/b",
           "unix://", "unix:///", "tcp://host:99999"]  # fmt: skip
    assert [url for url in good + bad if is_address(url)] == good
    monkeypatch.setenv("CLAMD_URL", "host:3310")
    with pytest.raises(ImproperlyConfigured, match="CLAMD_URL"):
        from_env.scanner_url()
    monkeypatch.setenv("CLAMD_URL", good[-1])
    assert from_env.scanner_url() == good[-1]
