"""Addresses of the confidence page and of single replications, below /twin/."""

from __future__ import annotations

from django.urls import path

from drumbeat.twin import views

urlpatterns = [
    path("", views.confidence, name="confidence"),
    path("validate/", views.start_validation, name="start-validation"),
    path("replay/<int:number>/<str:which>/", views.replay, name="replay"),
    path("replay-data/<int:number>/<str:which>", views.replay_data, name="replay-data"),
]
