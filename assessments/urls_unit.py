"""The unit: home, worksheet, evidence, submission."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
