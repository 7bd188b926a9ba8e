from urllib.parse import urlsplit

from django.db import migrations, models

from accounts.migrations._carried import carry


def member(row):
    data = {"before": row.before, "after": row.after, "by": row.by}
    return {"kind": row.news, "target_id": str(row.recipient_id), "data": data}


def leaving(row):
    return {
        "kind": "deletion_requested" if row.asked_at else "deletion_cancelled",
        "target_id": str(row.tenant_id),
        "occasion": row.asked_at.isoformat() if row.asked_at else "",
        "data": {"by": row.by},
    }


def staff(row):
    return {
        "kind": row.template,
        "target_id": row.about.partition(" ")[2],
        "data": {"said": row.said, "path": urlsplit(row.link).path},
    }


def carry_over(apps, schema_editor):
    carry(apps, "accounts.MemberMail", member)
    carry(apps, "accounts.LeavingMail", leaving)
    carry(apps, "accounts.StaffMail", staff)


def queue_proofs(apps, schema_editor):
    """Of deletions that are finished, and whose owners no mail server has told so far."""
    emails = apps.get_model("accounts", "QueuedEmail")
    erasures = apps.get_model("accounts", "Erasure")
    for erasure in erasures.objects.filter(finished_at__isnull=False):
        for number, address in enumerate(erasure.owners.get("to", []), 1):
            emails._base_manager.create(
                kind="organisation_deleted",
                target_id=str(erasure.pk),
                occasion=f"owner {number}",
                data={"name": erasure.owners["name"], "to_address": address},
                due_at=erasure.tell_at,
            )
    erasures.objects.filter(finished_at__isnull=False).update(owners={})


class Migration(migrations.Migration):
    dependencies = [("accounts", "0018_queued_email")]

    operations = [
        migrations.RunPython(carry_over, migrations.RunPython.noop, elidable=True),
        migrations.RemoveConstraint("erasure", "told_erasure_names_nobody"),
        migrations.RenameField("erasure", "letter", "owners"),
        migrations.RunPython(queue_proofs, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField("erasure", "tell_at"),
        migrations.RemoveField("erasure", "told_at"),
        migrations.AddConstraint(
            "erasure",
            models.CheckConstraint(
                condition=models.Q(("finished_at", None), ("owners", {}), _connector="OR"),
                name="finished_erasure_names_nobody",
            ),
        ),
        migrations.DeleteModel("MemberMail"),
        migrations.DeleteModel("LeavingMail"),
        migrations.DeleteModel("StaffMail"),
    ]
