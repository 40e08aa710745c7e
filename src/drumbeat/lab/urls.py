"""Addresses of the Decision Lab, below /lab/."""

from __future__ import annotations

from django.urls import path

from drumbeat.lab import views, views_cohort, views_scenario

urlpatterns = [
    path("", views.lobby, name="lab"),
    path("begin/", views.begin_game, name="begin-game"),
    path("join/", views.join, name="join-cohort"),
    path("games/<int:number>/", views.game, name="game"),
    path("games/<int:number>/plant/", views.plant, name="game-plant"),
    path("games/<int:number>/buy/", views.buy_information, name="buy-information"),
    path("games/<int:number>/decide/", views.make_decision, name="decide-game"),
    path("games/<int:number>/defend/", views.defend_decision, name="defend-game"),
    path("games/<int:number>/play/", views.play_period, name="play-game"),
    path("games/<int:number>/note/", views.keep_note, name="note-game"),
    path("games/<int:number>/debrief/", views.debrief, name="debrief"),
    path("games/<int:number>/debrief.pdf", views.debrief_pdf, name="debrief-pdf"),
    path("scenarios/", views_scenario.scenarios, name="own-scenarios"),
    path("scenarios/store/", views_scenario.store, name="store-scenario"),
    path("scenarios/from-plant/", views_scenario.make_own, name="make-own"),
    path("scenarios/<slug:code>.toml", views_scenario.download, name="scenario-file"),
    path("scenarios/<slug:code>/drop/", views_scenario.drop, name="drop-scenario"),
    path("cohorts/", views_cohort.cohorts, name="cohorts"),
    path("cohorts-new/", views_cohort.new_cohort, name="new-cohort"),
    path("cohorts/<int:number>/", views_cohort.cohort, name="cohort"),
    path("cohorts/<int:number>/compare/", views_cohort.compare, name="compare-cohort"),
    path("cohorts/<int:number>/team/", views_cohort.add_team, name="add-team"),
    path("cohorts/<int:number>/seat/", views_cohort.assign_seat, name="assign-seat"),
    path("cohorts/<int:number>/pause/", views_cohort.pause, name="pause-cohort"),
    path("cohorts/<int:number>/debriefs/", views_cohort.debriefs, name="open-debriefs"),
    path("cohorts/<int:number>/inject/", views_cohort.inject, name="inject-event"),
    path("cohorts/<int:number>/transfer/", views.start_transfer, name="start-transfer"),
    path("cohorts/<int:number>/export.xlsx", views_cohort.export, name="export-cohort"),
]
