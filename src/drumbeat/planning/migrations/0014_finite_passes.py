from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0013_finite_importance"),
    ]

    operations = [
        migrations.AddField(
            model_name="finiteplan",
            name="passes",
            field=models.JSONField(default=list, help_text="Late demands of each pass, which of them is kept, and why"),
        ),
    ]
