"""Address of the page of promises, among those of the plan."""

from __future__ import annotations

from django.urls import path

from drumbeat.scheduling.views_promise import ask_promise

urlpatterns = [path("plan/promise/", ask_promise, name="promise")]
