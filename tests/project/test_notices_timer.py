"""The timer that reminds and mails."""

from pathlib import Path

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy"
SHUT = ("Protect", "Private", "Restrict", "NoNew", "Capability", "Lock", "SystemCall", "User", "Group", "UMask")


def test_notices_service_is_as_closed_as_the_worker_and_runs_once():
    texts = [(DEPLOY / name).read_text() for name in ("ziportal-worker.service", "ziportal-notices.service")]
    worker, notices = [[line for line in text.splitlines() if line.startswith(SHUT)] for text in texts]
    assert notices == worker
    assert ("Type=oneshot" in texts[1], "manage.py send_notices\n" in texts[1]) == (True, True)
    assert "OnCalendar=*:0/10\n" in (DEPLOY / "ziportal-notices.timer").read_text()


def test_guide_tells_how_to_install_the_timer():
    guide = (DEPLOY.parent / "docs" / "operator.md").read_text()
    assert "deploy/ziportal-notices.timer" in guide
    assert "ziportal send_notices" in guide
