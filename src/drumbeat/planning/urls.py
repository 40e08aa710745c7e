"""Addresses of planning's pages: the planner's messages, load against capacity, the master plan, stock."""

from __future__ import annotations

from django.urls import path

from drumbeat.planning import views, views_capacity, views_stock

urlpatterns = [
    path("actions/", views.messages, name="actions"),
    path("actions/export.xlsx", views.export_messages, name="actions-export"),
    path("plan/load/", views_capacity.load, name="load"),
    path("plan/load/export.xlsx", views_capacity.export_load, name="load-export"),
    path("plan/load/<path:code>/", views_capacity.machine, name="machine-load"),
    path("plan/master/", views_capacity.master, name="master"),
    path("plan/master/start/", views_capacity.start_master, name="start-master"),
    path("plan/master/export.xlsx", views_capacity.export_master, name="master-export"),
    path("plan/stock/", views_stock.stock, name="stock"),
    path("plan/stock/export.xlsx", views_stock.export_stock, name="stock-export"),
    path("plan/stock/review/", views_stock.review_stock, name="review-stock"),
    path("plan/stock/accept/", views_stock.accept_policies, name="accept-policies"),
]
