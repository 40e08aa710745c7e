"""Addresses of what-ifs and their comparisons."""

from __future__ import annotations

from django.urls import path

from drumbeat.twin import views_compare, views_what_if

urlpatterns = [
    path("what-if/", views_what_if.what_ifs, name="what-ifs"),
    path("what-if-open/", views_what_if.open_one, name="open-what-if"),
    path("what-if-compare/", views_compare.start_comparison, name="start-comparison"),
    path("what-if/compare/<int:number>/", views_compare.comparison, name="comparison"),
    path("what-if/<slug:code>/", views_what_if.what_if, name="what-if"),
    path("what-if/<slug:code>/findings/", views_what_if.what_if_findings, name="what-if-findings"),
    path("what-if/<slug:code>/change/", views_what_if.change, name="what-if-change"),
    path("what-if/<slug:code>/remove-change/", views_what_if.remove_change, name="what-if-remove-change"),
    path("what-if/<slug:code>/texts/", views_what_if.keep_texts, name="what-if-texts"),
    path("what-if/<slug:code>/copy/", views_what_if.copy, name="what-if-copy"),
    path("what-if/<slug:code>/remove/", views_what_if.remove, name="what-if-remove"),
]
