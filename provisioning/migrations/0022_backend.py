from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0021_status_change")]

    operations = [
        migrations.RemoveConstraint(
            model_name="provisioningdefaults",
            name="known_default_dialect",
        ),
        migrations.RenameField("provisioningdefaults", "dialect", "backend"),
        migrations.RenameField("provisioningrequest", "dialect", "backend"),
        migrations.AddConstraint(
            model_name="provisioningdefaults",
            constraint=models.CheckConstraint(
                condition=models.Q(("backend__in", ["ga4", "v3"])), name="known_default_backend"
            ),
        ),
    ]
