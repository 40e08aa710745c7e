"""Addresses of the demand pages, below /demand/."""

from __future__ import annotations

from django.urls import path

from drumbeat.demand import views, views_edit

urlpatterns = [
    path("", views.forecasts, name="demand"),
    path("series/", views.series, name="demand-series"),
    path("run/", views.run, name="demand-run"),
    path("value/", views.value, name="demand-value"),
    path("edit/", views_edit.edit, name="demand-edit"),
    path("edit/form/", views_edit.edit_form, name="demand-edit-form"),
    path("edit/<path:code>/withdraw/", views_edit.withdraw, name="demand-withdraw"),
    path("export/<str:what>.xlsx", views.export, name="demand-export"),
]
