"""manage.py send_notices: for a timer."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from assessments.services.reminders import remind
from units.services.notice_mail import mail_at_once, mail_digests


class Command(BaseCommand):
    help = (
        "Mengingatkan tenggat, lalu mengirim surel pemberitahuan yang belum terkirim: yang penting saat itu juga, "
        "ringkasan harian sesudah pukul 06.00. Aman dijalankan berulang. | Reminds of deadlines, then mails the "
        "notices that are due: urgent ones at once, the daily digest after 06:00. Safe to run again and again."
    )

    def handle(self, *args: object, **options: int) -> None:  # noqa: ARG002 - Django's signature
        now = timezone.now()
        remind(now=now)
        sent = mail_at_once(now=now) + mail_digests(now=now)
        if options["verbosity"] > 1:
            self.stdout.write(f"{sent} surel | messages")
