"""Addresses of the pages that join disciplines."""

from __future__ import annotations

from django.urls import include, path

from drumbeat.home import views, views_director, views_figure

urlpatterns = [
    path("", views.home, name="home"),
    path("run/", views.start_run, name="start-run"),
    path("orders/", views.orders, name="orders"),
    path("orders/<path:code>/", views.order, name="order"),
    path("board-panel/<int:number>/", views.board_panel, name="board-panel"),
    path("weaknesses/", views.weaknesses, name="weaknesses"),
    path("weaknesses/play/", views.play_weaknesses, name="play-weaknesses"),
    path("scorecard/", views.scorecard, name="scorecard"),
    path("scorecard/<slug:key>/", views_figure.figure, name="figure"),
    path("director/", views_director.director, name="director"),
    path("director/review/", views_director.start_review, name="start-review"),
    path("director/<slug:key>/", views_director.director_kpi, name="director-kpi"),
    path("reports/<int:number>/", views.report, name="report"),
    path("demand/balance/", include("drumbeat.planning.urls_balance")),
    path("", include("drumbeat.twin.urls_compare")),
    path("", include("drumbeat.scheduling.urls_promise")),
    path("", include("drumbeat.planning.urls")),
]
