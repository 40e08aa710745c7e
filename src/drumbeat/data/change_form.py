"""The form of one change, made from the fields of its kind: units, choices and suggestions as everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.db import models

from drumbeat.data.forms import CodeField
from drumbeat.data.list_changes import ChangeField, ChangeKind
from drumbeat.data.schema import schemas

MOMENT_FORM = "%Y-%m-%dT%H:%M"


class ChangeForm(forms.Form):
    """One change of a kind; `plain` gives it as it is stored."""

    use_required_attribute = False

    def __init__(self, kind: ChangeKind, user: Any, data: Any = None, row: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=_read_row(kind, row or {}), prefix="change")
        self.kind = kind
        for field in kind.fields:
            made = _make_field(field)
            made.label = field.name.replace("_", " ").capitalize()
            made.help_text = field.help_text.replace("None = ", "empty = ")
            made.unit = field.unit
            made.must_be_given = field.is_required
            made.required = field.is_required
            if isinstance(made, CodeField):
                made.user = user
            self.fields[field.name] = made

    @property
    def suggested(self) -> list[str]:
        """Tables whose codes the form suggests."""
        return sorted({field.table for field in self.kind.fields if field.table})

    def plain(self) -> dict[str, Any]:
        """Return the change's plain values, once the form is valid; empty fields are left to their default."""
        values = {name: _write_value(value) for name, value in self.cleaned_data.items()}
        return {"kind": self.kind.name} | {name: value for name, value in values.items() if value not in (None, "")}


def _read_row(kind: ChangeKind, row: Mapping[str, Any]) -> dict[str, Any]:
    initial = {}
    for field in kind.fields:
        value = row.get(field.name, field.default)
        if isinstance(value, str) and field.kind is datetime:
            value = datetime.fromisoformat(value).astimezone(UTC).strftime(MOMENT_FORM)
        elif isinstance(value, str) and field.kind is time:
            value = time.fromisoformat(value).strftime("%H:%M")
        initial[field.name] = value
    return initial


def _write_value(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat()
    return value.isoformat() if isinstance(value, time) else value


def _make_field(field: ChangeField) -> Any:
    """Make the form's field of a change's field."""
    if field.table:
        model = schemas()[field.table].model
        return CodeField(model, field.table, max_length=model._meta.pk.max_length)
    if field.choices:
        empty = [] if field.is_required else [("", "–")]
        return forms.ChoiceField(choices=empty + [(word, word) for word in field.choices])
    low, high = (field.column.low, field.column.high) if field.column else (None, None)
    whole_low, whole_high = (None if bound is None else int(bound) for bound in (low, high))
    if field.kind is bool:
        return forms.BooleanField()
    if field.kind is int:
        return forms.IntegerField(min_value=whole_low, max_value=whole_high)
    if field.kind is float:
        number = forms.NumberInput(attrs={"step": "any"})
        return forms.FloatField(min_value=low, max_value=high, widget=number)
    if field.kind is datetime:
        picker = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT_FORM)
        return _PlainMoment(widget=picker)
    if field.kind is time:
        return forms.TimeField(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    return forms.CharField(max_length=field.column.max_length if field.column else 200)


class _PlainMoment(forms.DateTimeField):
    """A moment in UTC, whatever time zone is active."""

    def prepare_value(self, value: Any) -> Any:
        return value

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            raise forms.ValidationError("Enter a moment such as 2026-03-02T06:00.") from None
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
