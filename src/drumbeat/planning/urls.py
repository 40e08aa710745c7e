"""Addresses of planning's pages: messages, load, the master plan, stock, materials, late demands, purchases."""

from __future__ import annotations

from django.urls import path

from drumbeat.planning import (
    views,
    views_capacity,
    views_finite,
    views_late,
    views_materials,
    views_people,
    views_placement,
    views_purchases,
    views_stock,
    views_try,
    views_workbooks,
)

urlpatterns = [
    path("actions/", views.messages, name="actions"),
    path("actions/export.xlsx", views.export_messages, name="actions-export"),
    path("plan/load/", views_capacity.load, name="load"),
    path("plan/load/export.xlsx", views_capacity.export_load, name="load-export"),
    path("plan/load/<path:code>/", views_capacity.machine, name="machine-load"),
    path("plan/people/", views_people.people, name="people-load"),
    path("plan/people/export.xlsx", views_people.export_people, name="people-load-export"),
    path("plan/placement/", views_placement.placement, name="placement"),
    path("plan/placement/start/", views_placement.start_placement, name="start-placement"),
    path("plan/placement/export.xlsx", views_placement.export_placement, name="placement-export"),
    path("plan/master/", views_capacity.master, name="master"),
    path("plan/master/start/", views_capacity.start_master, name="start-master"),
    path("plan/master/export.xlsx", views_capacity.export_master, name="master-export"),
    path("plan/stock/", views_stock.stock, name="stock"),
    path("plan/stock/export.xlsx", views_stock.export_stock, name="stock-export"),
    path("plan/stock/review/", views_stock.review_stock, name="review-stock"),
    path("plan/stock/accept/", views_stock.accept_policies, name="accept-policies"),
    path("plan/materials/", views_materials.materials, name="materials"),
    path("plan/materials/export.xlsx", views_materials.export_materials, name="materials-export"),
    path("plan/materials/item.xlsx", views_workbooks.export_material, name="material-export"),
    path("plan/materials/pegs/", views_materials.pegs, name="pegs"),
    # "at": both codes may hold a slash.
    path("plan/materials/<path:item>/at/<path:site>/", views_materials.material, name="material"),
    path("plan/late/", views_late.late, name="late"),
    path("plan/late/export.xlsx", views_late.export_late, name="late-export"),
    path("plan/late-seek/", views_late.seek_remedies, name="seek-remedies"),
    path("plan/late-try/", views_late.try_remedy, name="try-remedy"),
    path("plan/late-assign/", views_late.assign_late, name="assign-late"),
    path("plan/late/<path:code>/", views_late.late_demand, name="late-demand"),
    path("plan/finite/", views_finite.finite, name="finite"),
    path("plan/finite/export.xlsx", views_finite.export_finite, name="finite-export"),
    path("plan/finite/start/", views_finite.start_finite, name="start-finite"),
    path("plan/finite/overtime/", views_finite.try_overtime, name="try-overtime"),
    path("plan/try/", views_try.try_change, name="try-change"),
    path("plan/try/export.xlsx", views_workbooks.export_trial, name="try-export"),
    path("plan/purchases/", views_purchases.purchases, name="purchases"),
    path("plan/purchases/export.xlsx", views_purchases.export_purchases, name="purchases-export"),
]
