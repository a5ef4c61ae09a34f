from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "zi_portal"

    def ready(self) -> None:
        from zi_portal import checks  # noqa: F401, PLC0415 - registers the system checks once apps are loaded
