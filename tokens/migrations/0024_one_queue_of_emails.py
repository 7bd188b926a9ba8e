from django.db import migrations

from accounts.migrations._carried import carry


def broken(row):
    return {
        "kind": "connection_broken",
        "target_id": str(row.connection_id),
        "occasion": str(row.broken_at_token),
    }


def service_account(row):
    return {
        "kind": "rotation_stopped" if row.rotation_id else "service_account_refused",
        "target_id": str(row.account_id),
        "occasion": str(row.rotation_id) if row.rotation_id else "",
        "data": {"why": row.why},
    }


def client(row):
    data = {"why": row.why}
    return {"kind": "own_client_refused", "target_id": str(row.client_id), "data": data}


def carry_over(apps, schema_editor):
    carry(apps, "tokens.ReconnectMail", broken)
    carry(apps, "tokens.ServiceAccountMail", service_account)
    carry(apps, "tokens.ClientMail", client)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0018_queued_email"),
        ("tokens", "0023_fresh_until"),
    ]

    operations = [
        migrations.RunPython(carry_over, migrations.RunPython.noop, elidable=True),
        migrations.DeleteModel("ReconnectMail"),
        migrations.DeleteModel("ServiceAccountMail"),
        migrations.DeleteModel("ClientMail"),
    ]
