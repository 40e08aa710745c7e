"""Addresses of strategy's pages, below /strategy/."""

from __future__ import annotations

from django.urls import path

from drumbeat.strategy.views import roadmap

urlpatterns = [
    path("roadmap/", roadmap.roadmap, name="roadmap"),
]
