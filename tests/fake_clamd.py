"""A stand-in for ClamAV's daemon: takes INSTREAM apart as the real one does, and answers what a test wants."""

import io
import socket
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field

# In two halves, so that no scanner takes this file for a virus.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + rb"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
OK = b"stream: OK\0"
FOUND = b"stream: Eicar-Test-Signature FOUND\0"


def judge(content: bytes) -> bytes:
    """FOUND where EICAR lies in the bytes, or in a member of an archive."""
    parts = [content]
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [archive.read(name) for name in archive.namelist()]
    return FOUND if any(EICAR in part for part in parts) else OK


@dataclass
class FakeClamd:
    """`answer` gets what was sent; `limit` is how many bytes it takes before it hangs up, `seconds` how slow it is."""

    listener: socket.socket
    answer: Callable[[bytes], bytes] = judge
    limit: int = 10**9
    seconds: float = 0
    seen: list[bytes] = field(default_factory=list)

    def serve(self) -> None:
        while True:
            try:
                line, _address = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def stop(self) -> None:
        """Closing alone would let the thread that waits take one more."""
        if self.listener.fileno() != -1:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()

    def _talk(self, line: socket.socket) -> None:
        with line, line.makefile("rb") as incoming:
            assert incoming.read(10) == b"zINSTREAM\0"
            content = b""
            while (size := int.from_bytes(incoming.read(4), "big")) and len(content) < self.limit:
                content += incoming.read(size)
            self.seen.append(content)
            time.sleep(self.seconds)
            line.sendall(self.answer(content))


def started(listener: socket.socket) -> FakeClamd:
    listener.listen()
    fake = FakeClamd(listener)
    threading.Thread(target=fake.serve, daemon=True).start()
    return fake


def tcp() -> tuple[FakeClamd, str]:
    listener = socket.create_server(("127.0.0.1", 0))
    return started(listener), f"tcp://127.0.0.1:{listener.getsockname()[1]}"
