"""Addresses of the data: its tables, and the way in and out."""

from __future__ import annotations

from django.urls import path

from drumbeat.data import load_views, views

app_name = "data"
urlpatterns = [
    path("", views.tables, name="tables"),
    path("load/", load_views.upload, name="upload"),
    path("load/<slug:token>/", load_views.load, name="load"),
    path("load/<slug:token>/store/", load_views.store, name="store"),
    path("load/<slug:token>/findings.json", load_views.findings_json, name="findings"),
    path("template.xlsx", load_views.template, name="template"),
    path("export/", load_views.export, name="export"),
    path("<slug:table>/", views.table, name="table"),
    path("<slug:table>/row/", views.row, name="row"),
    path("<slug:table>/add/", views.add_row, name="add"),
    path("<slug:table>/edit/", views.edit_row, name="edit"),
    path("<slug:table>/delete/", views.delete_row, name="delete"),
    path("<slug:table>/codes/", views.codes, name="codes"),
    path("<slug:table>/export/", views.export_table, name="export-table"),
]
