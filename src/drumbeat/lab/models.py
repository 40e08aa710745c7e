"""Games as they are played: each move is stored when it is made; all else follows from the moves and the seed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models


class StoredScenario(models.Model):
    """A scenario that is not shipped: somebody's own file, or a plant's own weaknesses."""

    code = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    text = models.TextField(help_text="The scenario file, TOML")
    site = models.CharField(
        max_length=60, blank=True, default="", help_text="Code of the site that it is made of; empty = invented"
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["title"]


class Cohort(models.Model):
    """People who play the same scenario on the same luck, with a facilitator."""

    teams: Any
    seats: Any
    games: Any

    name = models.CharField(max_length=120)
    facilitator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    scenario = models.CharField(max_length=60, help_text="Code of the scenario")
    transfer = models.CharField(
        max_length=60, blank=True, default="", help_text="Code of the scenario that is played before and after"
    )
    seed = models.BigIntegerField(help_text="Luck of all its games")
    is_paused = models.BooleanField(default=False)
    is_debrief_open = models.BooleanField(default=False, help_text="Debriefs can be read before all its games are over")
    code = models.CharField(max_length=12, unique=True, help_text="What people type to join")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]


class Team(models.Model):
    """A team of a cohort; it plays one game of its scenario."""

    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="teams")
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["cohort", "name"], name="team_key")]


class Seat(models.Model):
    """A person in a cohort: the team, and the role in it."""

    get_role_display: Any

    class Role(models.TextChoices):
        DIRECTOR = "director", "Director: decides"
        FINANCE = "finance", "Finance"
        ENGINEERING = "engineering", "Engineering"
        HR = "hr", "People"
        PROCUREMENT = "procurement", "Procurement"
        SALES = "sales", "Sales"
        OBSERVER = "observer", "Observer"

    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="seats")
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="seats")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="lab_seats")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.DIRECTOR)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["cohort", "user"], name="seat_key")]


class Game(models.Model):
    """One play of a scenario, alone or as a team."""

    moves: Any
    notes: Any
    debrief: Any
    player_id: int | None
    cohort_id: int | None

    class Purpose(models.TextChoices):
        PLAY = "play", "Play"
        BEFORE = "before", "Transfer scenario before"
        AFTER = "after", "Transfer scenario after"

    scenario = models.CharField(max_length=60, help_text="Code of the scenario")
    text = models.TextField(help_text="The scenario as it was when the game began, TOML")
    seed = models.BigIntegerField(help_text="All its luck")
    player = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="lab_games")
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="games")
    cohort = models.ForeignKey(Cohort, models.CASCADE, null=True, blank=True, related_name="games")
    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.PLAY)
    round = models.IntegerField(default=1)
    phase = models.CharField(max_length=10, default="decide", help_text="decide, defend, play or over")
    begun_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    @property
    def who(self) -> str:
        """Who plays it: the team's name or the player's; "" for a game of the command line."""
        return self.team.name if self.team else self.player.username if self.player else ""


class GameMove(models.Model):
    """One move: information bought, a decision with its probability, a defence, a period played, an injected event."""

    game = models.ForeignKey(Game, models.CASCADE, related_name="moves")
    number = models.IntegerField(help_text="1 = the first")
    round = models.IntegerField()
    kind = models.CharField(max_length=10, help_text="buy, decide, defend, play or inject")
    data = models.JSONField(default=dict)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["game", "number"]
        constraints = [models.UniqueConstraint(fields=["game", "number"], name="game_move_key")]


class PrivateNote(models.Model):
    """What one player thinks of a round, before the team talks: seen by its writer and the facilitator only."""

    game = models.ForeignKey(Game, models.CASCADE, related_name="notes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    round = models.IntegerField()
    option = models.CharField(max_length=60, blank=True, default="")
    probability = models.FloatField(null=True, blank=True)
    text = models.TextField(blank=True, default="")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["game", "round", "id"]


class StoredDebrief(models.Model):
    """The debrief of a game that is over: made once, read often."""

    game = models.OneToOneField(Game, models.CASCADE, related_name="debrief")
    made_at = models.DateTimeField()
    data = models.JSONField()


class StoredPlans(models.Model):
    """Plans found for a scenario, so that a second debrief does not search for them again."""

    fingerprint = models.CharField(max_length=64, unique=True, help_text="Of the scenario and the equations")
    data = models.JSONField()
    made_at = models.DateTimeField()
