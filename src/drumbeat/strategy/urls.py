"""Addresses of strategy's pages, below /strategy/."""

from __future__ import annotations

from django.urls import path

from drumbeat.strategy.views import alignment, decisions, flexibility, paper, roadmap, stress

urlpatterns = [
    path("roadmap/", roadmap.roadmap, name="roadmap"),
    path("roadmap/start/", roadmap.start_roadmap, name="start-roadmap"),
    path("roadmap/judge/", roadmap.judge_roadmap, name="judge-roadmap"),
    path("roadmap/export.xlsx", roadmap.export_roadmap, name="roadmap-export"),
    path("roadmap/initiative/<path:code>/", roadmap.initiative, name="initiative"),
    path("stress/", stress.stress, name="stress"),
    path("stress/start/", stress.start_stress, name="start-stress"),
    path("stress/play/", stress.play_stress, name="play-stress"),
    path("stress/export.xlsx", stress.export_stress, name="stress-export"),
    path("stress/what-if/", stress.open_stress, name="open-stress"),
    path("stress/node/<path:key>/", stress.stress_node, name="stress-node"),
    path("flexibility/", flexibility.flexibility, name="flexibility"),
    path("flexibility/start/", flexibility.start_flexibility, name="start-flexibility"),
    path("alignment/", alignment.alignment, name="alignment"),
    path("alignment/line/", alignment.alignment_line, name="alignment-line"),
    path("alignment/save/", alignment.save_alignment, name="save-alignment"),
    path("paper.pdf", paper.paper, name="paper"),
    path("decisions/<str:code>/paper.pdf", paper.paper, name="decision-paper"),
    path("decisions/", decisions.decisions, name="decisions"),
    path("decisions-new/", decisions.new_decision, name="new-decision"),
    path("decisions/<str:code>/", decisions.decision, name="decision"),
    path("decisions/<str:code>/save/", decisions.save_decision, name="save-decision"),
    path("decisions/<str:code>/option/", decisions.save_option, name="save-option"),
    path("decisions/<str:code>/remove/", decisions.remove_part, name="remove-part"),
    path("decisions/<str:code>/criterion/", decisions.add_criterion, name="add-criterion"),
    path("decisions/<str:code>/judge/", decisions.judge_criteria, name="judge-criteria"),
    path("decisions/<str:code>/score/", decisions.score_options, name="score-options"),
    path("decisions/<str:code>/assume/", decisions.assume, name="assume"),
    path("decisions/<str:code>/look/", decisions.look_at_assumption, name="look-at-assumption"),
    path("decisions/<str:code>/sign/", decisions.sign_decision, name="sign-decision"),
    path("decisions/<str:code>/decide/", decisions.make_decision, name="make-decision"),
    path("decisions/<str:code>/resolve/", decisions.resolve_decision, name="resolve-decision"),
]
