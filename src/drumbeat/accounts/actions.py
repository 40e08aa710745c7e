"""What an administrator does with users."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from drumbeat.accounts.models import Membership, Role, User
from drumbeat.basics.findings import Finding, Findings, InputError


def ensure_user(name: str, password: str | None, role: str, site: str = "") -> User:
    """Add a user with a role, or change an existing one's role at that site and, when given, the password.

    Parameters
    ----------
    name
        Name to sign in with.
    password
        New password; None keeps an existing user's.
    role
        "viewer", "planner", "manager" or "admin".
    site
        Code of the site; "" = all sites.

    Returns
    -------
    The user, stored.

    Raises
    ------
    InputError
        When the role is unknown, or the password is missing or too weak.
    """
    findings = Findings()
    if role not in Role.values:
        rule = f"a role is one of {', '.join(Role.values)}"
        findings.add(Finding("user", rule, "Choose one of them", column="role", value=role))
    if not name.strip() or name != name.strip() or len(name) > 150:
        rule = "a name has 1 to 150 characters and no space around it"
        findings.add(Finding("user", rule, "Choose another name", column="name", value=name))
    user = User.objects.filter(username=name).first() or User(username=name)
    if password is None and user.pk is None:
        findings.add(Finding("user", "a new user needs a password", "Give one", column="password"))
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as error:
            for message in error.messages:
                findings.add(Finding("user", message.rstrip("."), "Choose a longer, less common one", None, "password"))
    findings.raise_on_errors()
    with transaction.atomic():
        if password is not None:
            user.set_password(password)
        user.is_active = True
        user.save()
        Membership.objects.update_or_create(user=user, site=site, defaults={"role": role})
    user.__dict__.pop("roles", None)
    return user


def lock_user(name: str) -> None:
    """Stop a user from signing in, and end the sessions; data and history stay.

    Raises
    ------
    InputError
        When there is no such user.
    """
    user = User.objects.filter(username=name).first()
    if user is None:
        raise InputError(Finding("user", "the user exists", "See `drumbeat user list`", column="name", value=name))
    user.is_active = False
    user.set_unusable_password()
    user.save()
