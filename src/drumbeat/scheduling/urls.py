"""Addresses of the schedule's pages, below /board/."""

from __future__ import annotations

from django.urls import path

from drumbeat.scheduling import views

urlpatterns = [
    path("", views.board, name="board"),
    path("<int:number>/", views.board, name="board-of"),
    path("data/<int:number>", views.board_data, name="board-data"),
    path("table/<int:number>/", views.table, name="board-table"),
]
