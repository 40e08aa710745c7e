"""Addresses of the schedule's pages, below /board/."""

from __future__ import annotations

from django.urls import path

from drumbeat.scheduling import views, views_compare, views_lists, views_move

urlpatterns = [
    path("", views.board, name="board"),
    path("<int:number>/", views.board, name="board-of"),
    path("data/<int:number>", views.board_data, name="board-data"),
    path("table/<int:number>/", views.table, name="board-table"),
    path("compare/<int:number>/", views_compare.compare, name="board-compare"),
    path("late/<int:number>/", views_compare.late, name="board-late"),
    path("lists/<int:number>/", views_lists.lists, name="board-lists"),
    path("lists/<int:number>/<path:code>/", views_lists.machine_list, name="board-list"),
    path("calendar/<int:number>/<str:kind>/<path:code>", views_lists.calendar, name="board-calendar"),
    path("workbook/<int:number>/<str:what>", views_lists.workbook, name="board-workbook"),
    path("move/<int:number>/", views_move.move, name="board-move"),
    path("move/<int:number>/ready", views_move.move_ready, name="board-move-ready"),
]
