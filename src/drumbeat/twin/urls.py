"""Addresses of the confidence page, of single replications, of plays of the plant and of lines, below /twin/."""

from __future__ import annotations

from django.urls import path

from drumbeat.twin import views, views_line, views_plays

urlpatterns = [
    path("", views.confidence, name="confidence"),
    path("validate/", views.start_validation, name="start-validation"),
    path("replay/<int:number>/<str:which>/", views.replay, name="replay"),
    path("replay-data/<int:number>/<str:which>", views.replay_data, name="replay-data"),
    path("line/", views_line.line, name="line"),
    path("line/start/", views_line.start_line, name="start-line"),
    path("line/<int:number>/", views_line.line, name="line-study"),
    path("weeks/", views_plays.plays, name="plays"),
    path("weeks/start/", views_plays.start_play, name="start-play"),
    path("weeks/<int:number>/", views_plays.plays, name="play"),
    path("weeks/<int:number>/export.xlsx", views_plays.export_play, name="play-export"),
]
