"""What rows are found by: kept beside them, without case and accents."""

from django.db import migrations, models

from accounts.values.text import search_key


def fill(apps, schema_editor):
    """Of rows that are there already; the record of what was done is never written again."""
    for name, sources in (("Tenant", ["name"]), ("User", ["email", "name"])):
        model = apps.get_model("accounts", name)
        for row in model._base_manager.iterator():
            row.search_text = "\n".join(search_key(getattr(row, source)) for source in sources)
            row.save(update_fields=["search_text"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_error_reports")]

    operations = [
        migrations.AddField(
            model_name="auditevent",
            name="search_text",
            field=models.TextField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="tenant",
            name="search_text",
            field=models.TextField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="search_text",
            field=models.TextField(editable=False, null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
