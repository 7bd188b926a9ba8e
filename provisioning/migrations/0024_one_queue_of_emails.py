from django.db import migrations

from accounts.migrations._carried import carry


def terms(row):
    return {
        "kind": "terms_waiting" if row.reminds else "terms_again",
        "target_id": str(row.ticket_id),
        "occasion": "issued",
    }


def request(row):
    return {
        "kind": row.news,
        "target_id": str(row.request_id),
        "occasion": row.moment.isoformat(),
    }


def carry_over(apps, schema_editor):
    carry(apps, "provisioning.TermsMail", terms)
    carry(apps, "provisioning.RequestMail", request)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0018_queued_email"),
        ("provisioning", "0023_each_reported_account"),
    ]

    operations = [
        migrations.RunPython(carry_over, migrations.RunPython.noop, elidable=True),
        migrations.DeleteModel("TermsMail"),
        migrations.DeleteModel("RequestMail"),
    ]
