"""The tables of the data as pages: browse, search, sort, edit, export."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from drumbeat.accounts.models import Role
from drumbeat.accounts.permissions import check_row, require, site_paths, visible
from drumbeat.data.browse import Query, attribute, count_capped, find_page, select_rows
from drumbeat.data.edit_row import Refused, count_removed, find_referrers, save_row
from drumbeat.data.export_rows import export_file
from drumbeat.data.forms import RowForm, blank_forms, form_class
from drumbeat.data.schema import Schema, schemas

SUGGESTED = 20


def find_schema(table: str) -> Schema:
    """Return the schema of a table, or answer that there is no such page."""
    if table not in schemas():
        raise Http404(f"There is no table {table!r}.")
    return schemas()[table]


def rows_of(schema: Schema, user: Any) -> Any:
    """Rows of a table that a user may see."""
    return visible(schema.model.objects.all(), user)


def find_row(schema: Schema, request: Any) -> Any:
    """Return the row that the address names by its key, if the user may see it."""
    key = request.GET.get("key", "").replace("\0", "")
    is_number = schema.model._meta.pk.get_internal_type() == "BigAutoField"
    if is_number and not (key.isdecimal() and len(key) < 19):
        raise Http404("There is no such row.")
    return get_object_or_404(rows_of(schema, request.user), pk=key)


def may_edit(schema: Schema, user: Any) -> bool:
    """Whether a user may edit some row of a table: shared tables need the role at all sites."""
    return bool(user.may(Role.PLANNER) if site_paths(schema.model) else user.may(Role.PLANNER, ""))


def row_address(schema: Schema, row: Any) -> str:
    """Address of a row's page."""
    return reverse("data:row", args=[schema.name]) + "?" + urlencode({"key": row.pk})


@require(Role.VIEWER)
@require_GET
def tables(request: Any) -> HttpResponse:
    """List all tables by room, with their number of rows."""
    rooms: dict[str, list[dict[str, Any]]] = {}
    places = {room: place for place, room in enumerate(settings.ROOMS)}
    order = sorted(schemas().values(), key=lambda schema: (places[schema.model._meta.app_label], schema.name))
    for schema in order:
        count, is_more = count_capped(rows_of(schema, request.user))
        entry = {"schema": schema, "count": count, "is_more": is_more}
        rooms.setdefault(schema.model._meta.app_label, []).append(entry)
    filled = sum(1 for entries in rooms.values() for entry in entries if entry["count"])
    return render(request, "data/tables.html", {"rooms": rooms, "filled": filled})


@require(Role.VIEWER)
@require_GET
def table(request: Any, table: str) -> HttpResponse:
    """Show a page of a table's rows."""
    schema = find_schema(table)
    query = Query.read(schema, request.GET.dict())
    page = find_page(schema, rows_of(schema, request.user), query)
    cells = [
        (row_address(schema, row), [(column, getattr(row, attribute(schema, column))) for column in schema.columns])
        for row in page.rows
    ]
    headers = [(column, _sort_link(query, column.name), query.sort == column.name) for column in schema.columns]
    context = {
        "schema": schema,
        "query": query,
        "page": page,
        "cells": cells,
        "headers": headers,
        "here": request.get_full_path(),
        "without_filter": [(name, value, query.address(**{name: None, "page": 1})) for name, value in query.filters],
        "previous": query.address(page=query.page - 1),
        "next": query.address(page=query.page + 1),
        "deep": query.address(deep="1", page=1),
        "export": query.address(page=1),
        "can_edit": may_edit(schema, request.user),
    }
    return render(request, "data/table_rows.html" if request.htmx else "data/table.html", context)


def _sort_link(query: Query, name: str) -> str:
    is_turned = query.sort == name and not query.is_descending
    return query.address(sort=("-" if is_turned else "") + name, page=1)


@require(Role.VIEWER)
@require_GET
def row(request: Any, table: str) -> HttpResponse:
    """Show a row: as a form for who may edit it, and what refers to it."""
    schema = find_schema(table)
    found = find_row(schema, request)
    form = form_class(schema)(instance=found, user=request.user) if _may_change(found, request.user) else None
    return _show_row(request, schema, found, form)


def _may_change(row: Any, user: Any, role: str = Role.PLANNER) -> bool:
    try:
        check_row(row, user, role)
    except PermissionDenied:
        return False
    return True


def _show_row(request: Any, schema: Schema, row: Any, form: RowForm | None, status: int = 200) -> HttpResponse:
    is_new = row is None or row._state.adding
    context = {
        "schema": schema,
        "row": row,
        "form": form,
        "is_new": is_new,
        "action": reverse("data:add", args=[schema.name])
        if is_new
        else reverse("data:edit", args=[schema.name]) + "?" + urlencode({"key": row.pk}),
        "cells": [] if is_new else [(column, getattr(row, attribute(schema, column))) for column in schema.columns],
        "referrers": [] if is_new else find_referrers(schema, row),
        "suggested": blank_forms(schema) if form else [],
        "can_remove": not is_new and _may_change(row, request.user, Role.MANAGER),
        "address": "" if is_new else row_address(schema, row),
    }
    return render(request, "data/row_panel.html" if request.htmx else "data/row.html", context, status=status)


@require(Role.PLANNER)
@require_POST
def edit_row(request: Any, table: str) -> HttpResponse:
    """Save the changes of a row."""
    schema = find_schema(table)
    found = find_row(schema, request)
    check_row(found, request.user, Role.PLANNER)
    form = form_class(schema)(request.POST, instance=found, user=request.user)
    return _save(request, schema, form, "Saved")


@require(Role.PLANNER)
@require_http_methods(["GET", "POST"])
def add_row(request: Any, table: str) -> HttpResponse:
    """Add a row; `?column=value` fills the form in advance."""
    schema = find_schema(table)
    if request.method == "GET":
        names = {column.name for column in schema.columns}
        initial = {name: value for name, value in request.GET.items() if name in names}
        form = form_class(schema)(initial=initial, user=request.user)
        return _show_row(request, schema, None, form)
    return _save(request, schema, form_class(schema)(request.POST, user=request.user), "Added")


def _save(request: Any, schema: Schema, form: RowForm, word: str) -> HttpResponse:
    if form.is_valid():
        check_row(form.instance, request.user, Role.PLANNER)
        try:
            save_row(schema, form.instance)
        except Refused as refusal:
            for finding in refusal.findings:
                is_field = finding.column in form.fields
                form.add_error(finding.column if is_field else None, f"{finding.rule}. {finding.remedy}.")
        else:
            text = f"{word} {schema.name.replace('_', ' ')} {form.instance}."
            if request.htmx:
                answer = HttpResponse(status=204)
                answer["HX-Trigger"] = json.dumps({"close-panel": True, "rows-changed": True, "say": text})
                return answer
            messages.success(request, text)
            return redirect(row_address(schema, form.instance))
    stored = schema.model.objects.filter(pk=form.instance.pk).first() if word == "Saved" else None
    # htmx shows only answers that say 200.
    return _show_row(request, schema, stored, form, status=200 if request.htmx else 422)


@require(Role.MANAGER)
@require_http_methods(["GET", "POST"])
def delete_row(request: Any, table: str) -> HttpResponse:
    """Ask before a row is removed, saying what goes with it; then remove it."""
    schema = find_schema(table)
    found = find_row(schema, request)
    check_row(found, request.user, Role.MANAGER)
    if request.method == "POST":
        said = f"Removed {schema.name.replace('_', ' ')} {found}."
        found.delete()
        messages.success(request, said)
        return redirect("data:table", table=schema.name)
    loosened = [referrer for referrer in find_referrers(schema, found) if not referrer.is_removed_with_it]
    context = {"schema": schema, "row": found, "removed": count_removed(found), "loosened": loosened}
    return render(request, "data/delete.html", context | {"address": row_address(schema, found)})


@require(Role.VIEWER)
@require_GET
def codes(request: Any, table: str) -> HttpResponse:
    """Suggest codes of a table that start with, then that contain, what was typed in any field of the request."""
    schema = find_schema(table)
    typed = next((value for value in request.GET.values() if value), "").strip()[:120].replace("\0", "")
    found = select_rows(schema, rows_of(schema, request.user), Query(search=typed))[0][:SUGGESTED]
    suggestions = [(row.pk, str(row) if str(row) != row.pk else "") for row in found]
    return render(request, "data/codes.html", {"suggestions": suggestions})


@require(Role.VIEWER)
@require_GET
def export_table(request: Any, table: str) -> FileResponse | HttpResponse:
    """Send the rows of a table, filtered and sorted as on its page, as CSV or XLSX."""
    schema = find_schema(table)
    query = Query.read(schema, request.GET.dict())
    found = select_rows(schema, rows_of(schema, request.user), query)[0]
    form = "xlsx" if request.GET.get("form") == "xlsx" else "csv"
    names = [attribute(schema, column) for column in schema.columns]
    parts = [schema.empty()]
    chunk: list[Any] = []
    for values in found.values_list(*names).iterator(chunk_size=20_000):
        chunk.append(values)
        if len(chunk) == 20_000:
            parts.append(pl.DataFrame(chunk, schema=schema.dtypes, orient="row"))
            chunk = []
    if chunk:
        parts.append(pl.DataFrame(chunk, schema=schema.dtypes, orient="row"))
    return export_file({schema.name: pl.concat(parts)}, schema.name, form)
