"""ClamAV's daemon, asked with INSTREAM over TCP or a local socket. Whatever is not a clear answer is no answer."""

import re
import socket
from typing import IO
from urllib.parse import urlsplit

CONNECT_SECONDS = 5
ANSWER_SECONDS = 60
PIECE_BYTES = 64 * 1024
ANSWER_MAX = 1024
CLEAN = b"stream: OK"
FOUND = re.compile(rb"stream: ([\x21-\x7e][\x20-\x7e]{0,199}) FOUND")
ADDRESSES = "tcp://HOST:PORT, unix:///PATH"


class NoVerdict(Exception):  # noqa: N818 - not a fault of the portal
    """The daemon was not reached, hung up, took too long, refused, or said something else."""


def is_address(url: str) -> bool:
    """Whether `url` is one of ADDRESSES."""
    try:
        parts = urlsplit(url)
        if parts.scheme == "unix":
            return not parts.netloc and len(parts.path) > 1
        return parts.scheme == "tcp" and bool(parts.hostname and parts.port) and parts.path in ("", "/")
    except ValueError:
        return False


def verdict_on(content: IO[bytes], url: str) -> str:
    """The name of what was found; empty for a clean file. Raises NoVerdict."""
    try:
        with _connected(url) as line:
            is_sent = _send(line, content)
            answer = _answer(line)
    except OSError as error:
        raise NoVerdict(str(error) or type(error).__name__) from error
    found = FOUND.fullmatch(answer)
    # A daemon that hung up in the middle has not seen the whole file, whatever it says.
    if not is_sent or not (found or answer == CLEAN):
        raise NoVerdict(answer.decode("ascii", "replace"))
    return found[1].decode("ascii") if found else ""


def _connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(CONNECT_SECONDS)
        try:
            line.connect(parts.path)
        except OSError:
            line.close()
            raise
    else:
        line = socket.create_connection((parts.hostname, parts.port), timeout=CONNECT_SECONDS)
    line.settimeout(ANSWER_SECONDS)
    return line


def _send(line: socket.socket, content: IO[bytes]) -> bool:
    """Each piece after its length in four bytes, at last a piece of none; False where the daemon hung up before."""
    try:
        line.sendall(b"zINSTREAM\0")
        while piece := content.read(PIECE_BYTES):
            line.sendall(len(piece).to_bytes(4, "big") + piece)
        line.sendall(bytes(4))
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


def _answer(line: socket.socket) -> bytes:
    """What the daemon says, up to the NUL that ends it. Raises NoVerdict for one that does not end, or ends early."""
    answer = b""
    while not answer.endswith(b"\0"):
        piece = line.recv(ANSWER_MAX)
        answer += piece
        if not piece or len(answer) > ANSWER_MAX:
            raise NoVerdict(answer[:ANSWER_MAX].decode("ascii", "replace") or "no answer")
    return answer[:-1]
