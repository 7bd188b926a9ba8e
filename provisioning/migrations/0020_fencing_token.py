from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0019_reported_ids")]

    operations = [
        migrations.RenameField("provisioningrequest", "fence", "fencing_token"),
        migrations.RenameField("requestmail", "fence", "fencing_token"),
        migrations.RenameField("termsmail", "fence", "fencing_token"),
    ]
