from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tokens", "0019_damaged_rows")]

    operations = [
        migrations.RemoveConstraint(
            model_name="reconnectmail",
            name="one_mail_for_each_break",
        ),
        migrations.RenameField("clientmail", "fence", "fencing_token"),
        migrations.RenameField("googleconnection", "fence", "fencing_token"),
        migrations.RenameField("keyrotation", "fence", "fencing_token"),
        migrations.RenameField("reconnectmail", "fence", "fencing_token"),
        migrations.RenameField("serviceaccountmail", "fence", "fencing_token"),
        migrations.RenameField("serviceaccountrotation", "fence", "fencing_token"),
        migrations.RenameField("reconnectmail", "broken_at_fence", "broken_at_token"),
        migrations.AddConstraint(
            model_name="reconnectmail",
            constraint=models.UniqueConstraint(
                fields=("connection", "broken_at_token", "recipient"),
                name="one_mail_for_each_break",
            ),
        ),
    ]
