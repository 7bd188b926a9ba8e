from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tokens", "0022_restore_hold")]

    operations = [
        migrations.RenameField("googleconnection", "warm_until", "fresh_until"),
    ]
