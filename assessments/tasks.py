"""What `manage.py db_worker` does. A task is an entry like a view or a command: it reads the clock, a service acts."""

from django.utils import timezone
from django_tasks import task

from assessments.services import previews


@task()
def draw_preview(sha256: str) -> None:
    """Draw the page images of the evidence file with this hash."""
    previews.make_preview(sha256=sha256, now=timezone.now())
