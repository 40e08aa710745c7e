"""Addresses of the plans side by side, below /demand/balance/."""

from __future__ import annotations

from django.urls import path

from drumbeat.planning import views_balance

urlpatterns = [
    path("", views_balance.balance, name="balance"),
    path("line/", views_balance.line, name="balance-line"),
    path("save/", views_balance.save, name="balance-save"),
    path("export.xlsx", views_balance.export_balance, name="balance-export"),
]
