import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("inference", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="deletedprediction",
            name="project_id",
            field=models.UUIDField(
                default=uuid.UUID(int=0),
                help_text="Where it was deleted: a tombstone of another project has no effect.",
            ),
            preserve_default=False,
        ),
    ]
