"""Messages to the next page travel in a cookie whose name follows the others' (SEC-73)."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class NoticeCookie(CookieStorage):
    cookie_name = "__Host-pesan" if settings.HTTPS else "pesan"


class NoticeStorage(FallbackStorage):
    """Django's default pair, with our cookie."""

    storage_classes = (NoticeCookie, SessionStorage)
