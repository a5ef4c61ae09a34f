"""The guide for system operators names what there is."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
READ_FROM_ENVIRONMENT = re.compile(r"""env(?:iron\.get)?(?:\.\w+)?\(\s*"([A-Z_]+)\"""")

INTERNAL = {"PASSING_KEY"}  # manage.py hands it to itself


def names_read():
    sources = [ROOT / "zi_portal" / name for name in ("settings.py", "env.py")]
    return {name for source in sources for name in READ_FROM_ENVIRONMENT.findall(source.read_text())} - INTERNAL


def test_guide_explains_every_setting():
    table = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "operator.md").read_text(), flags=re.MULTILINE)
    assert sorted(table) == sorted(names_read())


def test_example_environment_names_every_setting():
    lines = (ROOT / "deploy" / "env.example").read_text()
    assert {
        name.removesuffix("_FILE") for name in re.findall(r"^#?([A-Z_]+)=", lines, flags=re.MULTILINE)
    } == names_read()
