from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0016_search_text")]

    operations = [
        migrations.RenameField("leavingmail", "fence", "fencing_token"),
        migrations.RenameField("membermail", "fence", "fencing_token"),
        migrations.RenameField("staffmail", "fence", "fencing_token"),
    ]
