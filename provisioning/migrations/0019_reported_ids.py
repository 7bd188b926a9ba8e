from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0018_search_text")]

    operations = [
        migrations.RenameField("tosoutcome", "claimed_account_id", "reported_account_id"),
        migrations.RenameField("tosoutcome", "claimed_property_id", "reported_property_id"),
        migrations.RenameField("tosoutcome", "claimed_view_id", "reported_view_id"),
        migrations.AlterField(
            model_name="provisioningrequest",
            name="chosen_account_id",
            field=models.CharField(
                blank=True,
                help_text="What a person chose of them; verified like any report.",
                max_length=20,
            ),
        ),
    ]
