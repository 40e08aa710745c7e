"""What an administrator does with users."""

from __future__ import annotations

from django.apps import apps
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
    findings = _check_role_word(role)
    if not name.strip() or name != name.strip() or len(name) > 150:
        rule = "a name has 1 to 150 characters and no space around it"
        findings.add(Finding("user", rule, "Choose another name", column="name", value=name))
    user = User.objects.filter(username=name).first() or User(username=name)
    if password is None and user.pk is None:
        findings.add(Finding("user", "a new user needs a password", "Give one", column="password"))
    if password is not None:
        findings.merge(_check_password(password, user))
    findings.raise_on_errors()
    with transaction.atomic():
        if password is not None:
            user.set_password(password)
        user.is_active = True
        user.save()
        Membership.objects.update_or_create(user=user, site=site, defaults={"role": role})
    user.__dict__.pop("roles", None)
    return user


def add_user(name: str, password: str, role: str, site: str = "") -> User:
    """Add a user; unlike `ensure_user`, an existing one is left as it is.

    Raises
    ------
    InputError
        When the name is taken, there is no such site, or as for `ensure_user`.
    """
    with transaction.atomic():
        # Whoever signs in may write capitals or not: names that differ by that alone would shut each other out.
        if User.objects.filter(username__iexact=name).exists():
            rule, remedy = "no two users have one name, however it is written", "Choose another name, or open that user"
            raise InputError(Finding("user", rule, remedy, column="name", value=name))
        _check_site(site).raise_on_errors()
        return ensure_user(name, password, role, site)


def give_role(user: User, role: str, site: str = "") -> None:
    """Give a user a role at a site, or at all (""), in place of the one held there.

    Raises
    ------
    InputError
        When there is no such role or site, or nobody would be left who administers all sites.
    """
    findings = _check_role_word(role)
    findings.merge(_check_site(site))
    findings.raise_on_errors()
    with transaction.atomic():
        if site == "" and role != Role.ADMIN:
            _check_not_last_administrator(user)
        Membership.objects.update_or_create(user=user, site=site, defaults={"role": role})


def take_role(user: User, site: str) -> None:
    """Take the role that a user has at a site, or at all sites ("").

    Raises
    ------
    InputError
        When nobody would be left who administers all sites.
    """
    with transaction.atomic():
        if site == "":
            _check_not_last_administrator(user)
        Membership.objects.filter(user=user, site=site).delete()


def set_password(user: User, password: str) -> None:
    """Give a user a new password; sessions and tokens of the old one end.

    Raises
    ------
    InputError
        When the password is too weak.
    """
    _check_password(password, user).raise_on_errors()
    user.set_password(password)
    user.save(update_fields=["password"])


def lock_user(name: str) -> None:
    """Stop a user from signing in, and end the sessions; data and history stay.

    Raises
    ------
    InputError
        When there is no such user, or nobody would be left who administers all sites.
    """
    user = User.objects.filter(username=name).first()
    if user is None:
        raise InputError(Finding("user", "the user exists", "See `drumbeat user list`", column="name", value=name))
    with transaction.atomic():
        _check_not_last_administrator(user)
        user.is_active = False
        user.set_unusable_password()
        user.save()


def unlock_user(user: User, password: str) -> None:
    """Let a locked user sign in again, with a new password.

    Raises
    ------
    InputError
        When the password is too weak.
    """
    with transaction.atomic():
        user.is_active = True
        user.save(update_fields=["is_active"])
        set_password(user, password)


def _check_role_word(role: str) -> Findings:
    findings = Findings()
    if role not in Role.values:
        rule = f"a role is one of {', '.join(Role.values)}"
        findings.add(Finding("user", rule, "Choose one of them", column="role", value=role))
    return findings


def _check_site(site: str) -> Findings:
    findings = Findings()
    if site and not apps.get_model("plant", "Site").objects.filter(pk=site).exists():
        remedy = "Choose a site of the data, or leave it empty for all sites"
        findings.add(Finding("user", "a role is held at a site that exists", remedy, column="site", value=site))
    return findings


def _check_password(password: str, user: User) -> Findings:
    findings = Findings()
    try:
        validate_password(password, user)
    except ValidationError as error:
        for message in error.messages:
            findings.add(Finding("user", message.rstrip("."), "Choose a longer, less common one", None, "password"))
    return findings


def _check_not_last_administrator(user: User) -> None:
    """Raise when this user alone may sign in and administers all sites: nobody could give roles any more."""
    # The rows are locked, where the database can, so that of two who step down at once one stays.
    held = Membership.objects.select_for_update().filter(site="", role=Role.ADMIN, user__is_active=True)
    if list(held.values_list("user", flat=True)) == [user.pk]:
        rule = "somebody who may sign in administers all sites"
        remedy = "Give another user the role admin for all sites first"
        raise InputError(Finding("user", rule, remedy, column="name", value=user.username))
