"""Addresses of users and of the audit."""

from __future__ import annotations

from django.urls import path

from drumbeat.accounts import views

app_name = "users"
urlpatterns = [
    path("", views.users, name="users"),
    path("add/", views.add, name="add"),
    path("audit/", views.audit, name="audit"),
    path("<int:number>/", views.user, name="user"),
    path("<int:number>/change/", views.change, name="change"),
]
