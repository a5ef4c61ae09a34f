"""What `manage.py db_worker` does for units. A task is an entry like a view or a command: it reads the clock."""

from django.utils import timezone
from django_tasks import task

from units.services import scans
from units.services.notice_mail import mail_at_once


@task()
def mail_notices() -> None:
    """Mail what somebody wants, or must have, at once."""
    mail_at_once(now=timezone.now())


@task()
def scan_file(sha256: str) -> None:
    """Ask the malware scanner about the stored file with this hash."""
    scans.scan(sha256=sha256, now=timezone.now())
