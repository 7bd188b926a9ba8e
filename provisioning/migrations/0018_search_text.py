"""What rows are found by: kept beside them, without case and accents."""

from django.db import migrations, models

from accounts.values.text import search_key


SOURCES = ("account_name", "property_name", "website_url")


def fill(apps, schema_editor):
    """Of requests that are there already."""
    requests = apps.get_model("provisioning", "ProvisioningRequest")._base_manager
    for row in requests.iterator():
        text = "\n".join(search_key(getattr(row, source)) for source in SOURCES)
        requests.filter(pk=row.pk).update(search_text=text)


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0017_what_tickets_made")]

    operations = [
        migrations.AddField(
            model_name="provisioningrequest",
            name="search_text",
            field=models.TextField(editable=False, null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
