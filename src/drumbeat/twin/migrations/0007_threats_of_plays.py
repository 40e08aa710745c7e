from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('twin', '0006_outcomes_by_schedule'),
    ]

    operations = [
        migrations.AddField(
            model_name='floorplay',
            name='threats',
            field=models.BinaryField(default=bytes, help_text='What threatens it, as Parquet: `FloorRun.threats`; empty = not asked for'),
        ),
    ]
