from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0020_fencing_token")]

    operations = [
        migrations.RenameModel("Move", "StatusChange"),
    ]
