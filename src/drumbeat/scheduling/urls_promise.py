"""Addresses among those of the plan that rest on the finite plan: promises, and deliveries that come late."""

from __future__ import annotations

from django.urls import path

from drumbeat.scheduling import views_finite_late
from drumbeat.scheduling.views_promise import ask_promise, export_promise

urlpatterns = [
    path("plan/promise/", ask_promise, name="promise"),
    path("plan/promise/export.xlsx", export_promise, name="promise-export"),
    path("plan/finite-seek/", views_finite_late.seek_finite_remedies, name="seek-finite-remedies"),
    path("plan/finite-try/", views_finite_late.try_finite_remedy, name="try-finite-remedy"),
    path("plan/finite-assign/", views_finite_late.assign_finite, name="assign-finite"),
    path("plan/finite-late/<path:code>/", views_finite_late.finite_demand, name="finite-demand"),
]
