"""The sign-in form, without what a closed plant does not offer; the administrator's forms."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.apps import apps

from drumbeat.accounts.models import Role, User
from drumbeat.basics.findings import InputError


class PlainLoginForm(LoginForm):  # type: ignore[misc]
    """Name and password; a forgotten password is the administrator's business, not a mail's."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["login"].label = "Name"
        self.fields["password"].help_text = ""
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        if "remember" in self.fields:
            self.fields["remember"].label = "Stay signed in on this device"


class PasswordForm(forms.Form):
    """A new password."""

    password = forms.CharField(
        required=False,
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Empty: one is made and shown once",
    )


class RoleForm(forms.Form):
    """A role at a site; only sites that the administrator administers are offered."""

    role = forms.ChoiceField(choices=Role.choices)
    site = forms.ChoiceField(required=False)

    def __init__(self, administrator: User, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        held = administrator.sites_with(Role.ADMIN)
        codes = apps.get_model("plant", "Site").objects.order_by("pk").values_list("pk", flat=True)
        offered = [(code, code) for code in codes if held is None or code in held]
        field: Any = self.fields["site"]
        field.choices = ([("", "All sites")] if held is None else []) + offered


class AddUserForm(RoleForm, PasswordForm):
    """A new user."""

    name = forms.CharField(max_length=150, help_text="To sign in with", widget=forms.TextInput({"autocomplete": "off"}))
    field_order = ["name", "role", "site", "password"]

    def add_findings(self, error: InputError) -> None:
        """Show what an action found beside the field that it is about."""
        for finding in error.findings.shown:
            column = str(finding.column or "")
            self.add_error(column if column in self.fields else None, f"{finding.rule}. {finding.remedy}.")
