from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tokens", "0021_oauth_flow")]

    operations = [
        migrations.RenameModel("Quarantine", "RestoreHold"),
    ]
