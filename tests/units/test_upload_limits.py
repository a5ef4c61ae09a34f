"""Bombs are refused quickly and in little memory: the processes that examine them get no more (SEC-23 to SEC-27)."""

import struct
from pathlib import Path

import pytest
from django.conf import settings

from tests.units.hostile_files import HOSTILE_FILES, docx, with_end
from zi_portal.killable import Killed, Limits, run

MEGABYTE = 1024 * 1024
CPU_SECONDS = 2
# Address space: what is resident is always less, and the interpreter with its libraries takes the larger part of it.
MEMORY = {"docx": 64 * MEGABYTE, "png": 256 * MEGABYTE, "jpg": 256 * MEGABYTE, "pdf": 512 * MEGABYTE}
BOMBS = [name for name in HOSTILE_FILES if name.startswith(("bom", "tawa", "kuadrat", "xxe", "direktori bohong"))]


def verdict(path: Path, content: bytes, policy: dict, memory: int = 0) -> str:
    path.write_bytes(content)
    kind = path.suffix[1:]
    numbers = {key: value for key, value in {**settings.UPLOAD_POLICY, **policy}.items() if isinstance(value, int)}
    limits = Limits(wall_seconds=60, cpu_seconds=CPU_SECONDS, memory_bytes=memory or MEMORY[kind], file_bytes=MEGABYTE)
    return run("units.contents.child", {"path": str(path), "kind": kind, "policy": numbers}, limits).get("reason", "")


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_refused_within_little_time_and_memory(tmp_path, name):
    case = HOSTILE_FILES[name]
    assert verdict(tmp_path / name, case.bytes, case.policy) == case.reason


def test_large_directory_is_not_loaded(tmp_path):
    """As objects its 60,000 entries do not fit into the memory that this process has."""
    plain = docx()
    length, _offset = struct.unpack("<2L", plain[-10:-2])
    entry = plain[plain.rindex(b"PK\x01\x02") : -22]
    count = 60_000
    crowded = plain[:-22] + entry * (count - 3) + plain[-22:]
    crowded = with_end(crowded, on_disk=count, count=count, length=length + len(entry) * (count - 3))
    little = 44 * MEGABYTE
    assert verdict(tmp_path / "a.docx", crowded, {}, little) == "office_too_big"
    with pytest.raises(Killed):
        verdict(tmp_path / "a.docx", crowded, {"max_members": count}, little)
