from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("strategy", "0005_commitments"),
    ]

    operations = [
        migrations.CreateModel(
            name="StoredStress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField()),
                ("as_of", models.DateTimeField(help_text="Moment that the data describe")),
                ("version", models.CharField(help_text="Version of the data", max_length=64)),
                ("terms", models.JSONField(help_text="What was assumed")),
                (
                    "run",
                    models.JSONField(
                        help_text="The tests, the largest loss first, with what is lost and what would cover it"
                    ),
                ),
            ],
            options={"ordering": ["-id"]},
        ),
    ]
