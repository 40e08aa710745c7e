"""Addresses of the background jobs."""

from __future__ import annotations

from django.urls import path

from drumbeat.web import views

app_name = "web"
urlpatterns = [
    path("", views.jobs, name="jobs"),
    path("<int:number>/", views.job, name="job"),
    path("<int:number>/cancel/", views.cancel_job, name="cancel"),
    path("<int:number>/retry/", views.retry_job, name="retry"),
]
