"""Addresses of the planner's messages, below /actions/."""

from __future__ import annotations

from django.urls import path

from drumbeat.planning import views

urlpatterns = [
    path("", views.messages, name="actions"),
    path("export.xlsx", views.export_messages, name="actions-export"),
]
