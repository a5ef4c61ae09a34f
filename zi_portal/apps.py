from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_login_failed


class PortalConfig(AppConfig):
    name = "zi_portal"

    def ready(self) -> None:
        from zi_portal import checks, receivers  # noqa: F401, PLC0415 - both need loaded apps; checks register themselves

        user_logged_in.connect(receivers.logged_in, dispatch_uid="portal.logged_in")
        user_login_failed.connect(receivers.login_failed, dispatch_uid="portal.login_failed")
