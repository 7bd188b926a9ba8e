from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0022_backend")]

    operations = [
        migrations.RemoveConstraint("tosoutcome", "ignored_answers_kept_once"),
        migrations.AddConstraint(
            "tosoutcome",
            models.UniqueConstraint(
                fields=("ticket", "kind", "reported_account_id"),
                condition=models.Q(counted=False),
                name="ignored_answers_kept_once",
            ),
        ),
    ]
