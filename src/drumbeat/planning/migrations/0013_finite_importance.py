from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0012_finite_lessons"),
    ]

    operations = [
        migrations.AddField(
            model_name="finiteplan",
            name="is_importance_first",
            field=models.BooleanField(
                default=False, help_text="Whether the more important demand was served first, whatever is due when"
            ),
        ),
    ]
