#!/usr/bin/env python
"""Django's command line."""

import os
import secrets
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zi_portal.settings")
    # Commands such as `score` sign nothing that outlives them; the web server (wsgi.py) still insists on a real key.
    os.environ["PASSING_KEY"] = secrets.token_urlsafe(64)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
