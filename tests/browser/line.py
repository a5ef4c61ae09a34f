"""A bad line: an HTTP proxy before the portal that is slow, loses requests and answers, or says that nobody is home.

What it loses does not depend on the order in which threads run: whether an attempt is lost follows from its address,
its number among the attempts at this address, and the seed.
"""

import gzip
import hashlib
import http.client
import re
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "proxy-connection", "upgrade", "content-length"}
BAD_GATEWAY = 502
SAVE = re.compile(r"/jawaban/[^/]+/$")  # not who else edits a question, which is asked below it


@dataclass
class Line:
    """The settings of a proxy, to be changed while it runs, and what it has seen. Shares are of all saves, 0 to 1."""

    upstream: str
    lost_requests: float = 0
    lost_answers: float = 0
    seconds: float = 0
    is_down: bool = False
    compresses: bool = False
    seed: str = "zi"
    counts: Counter[str] = field(default_factory=Counter)
    attempts: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def fate(self, path: str) -> str:
        """Says what becomes of the next attempt at this address: "passes", "request lost" or "answer lost"."""
        with self.lock:
            self.attempts[path] += 1
            dice = hashlib.sha256(f"{self.seed} {path} {self.attempts[path]}".encode()).digest()
            throw = int.from_bytes(dice[:4]) / 2**32
            if throw < self.lost_requests:
                fate = "request lost"
            elif throw < self.lost_requests + self.lost_answers:
                fate = "answer lost"
            else:
                fate = "passes"
            self.counts[fate] += 1
        return fate


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    line: Line

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.relay("passes")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.relay(self.line.fate(self.path) if SAVE.search(self.path) else "passes", body)

    def relay(self, fate: str, body: bytes = b"") -> None:
        if self.line.is_down:
            self.send_error(BAD_GATEWAY)
            return
        if fate == "request lost":
            self.cut()
            return
        status, reason, headers, content = self.ask(body)
        if self.command == "POST":
            time.sleep(self.line.seconds)
        if fate == "answer lost":
            self.cut()
            return
        with suppress(ConnectionError):  # a page that was left waits for no answer
            self.answer(status, reason, headers, content)

    def answer(self, status: int, reason: str, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status, reason)
        left_out = HOP_BY_HOP | ({"cache-control"} if self.path.startswith("/static/") else set())
        for name, value in headers:
            if name.lower() not in left_out:
                self.send_header(name, value)
        if self.path.startswith("/static/"):
            self.send_header("Cache-Control", "max-age=3600")  # as in production, where their names carry a hash
        if self.line.compresses:
            content = gzip.compress(content, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def ask(self, body: bytes) -> tuple[int, str, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(urlsplit(self.line.upstream).netloc, timeout=30)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        connection.request(self.command, self.path, body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.reason, answer.getheaders(), content

    def cut(self) -> None:
        self.close_connection = True
        self.connection.close()


def open_line(upstream: str) -> tuple[Line, ThreadingHTTPServer]:
    """A running proxy; the caller shuts the server down."""
    line = Line(upstream)
    handler = type("LineHandler", (Handler,), {"line": line})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    line.url = f"http://localhost:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return line, server
