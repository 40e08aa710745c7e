"""What the time of a demand goes into that a finite plan delivers late."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("planning", "0010_worth_of_supplies")]

    operations = [
        migrations.CreateModel(
            name="FiniteChain",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("demand", models.CharField(max_length=140)),
                ("site", models.CharField(max_length=120)),
                (
                    "order",
                    models.CharField(blank=True, help_text="What comes last of all that serves it", max_length=140),
                ),
                (
                    "waits",
                    models.JSONField(default=list, help_text="Cause and seconds of each stretch, the last first"),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="chains", to="planning.finiteplan"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("plan", "demand"), name="finite_chain_key")],
            },
        ),
    ]
