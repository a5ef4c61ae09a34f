"""For test_notices.py: a run of the timer on the database NAME that is killed when it hands over its first message.

mailing_child.py NAME MOMENT
"""

import os
import signal
import sys
from datetime import datetime

import django
from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend


class KillingMail(BaseEmailBackend):
    def send_messages(self, email_messages):  # noqa: ARG002 - Django's signature
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    settings.EMAIL_BACKEND = "tests.assessments.parallel.mailing_child.KillingMail"
    django.setup()
    from units.services.notice_mail import mail_digests

    mail_digests(now=datetime.fromisoformat(sys.argv[2]))
