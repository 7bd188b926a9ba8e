import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from accounts.tenancy.operations import EnableRowLevelSecurity


class Migration(migrations.Migration):
    dependencies = [("accounts", "0017_fencing_token")]

    operations = [
        migrations.CreateModel(
            name="QueuedEmail",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=40)),
                ("target_id", models.CharField(blank=True, max_length=40, verbose_name="what it tells of")),
                ("occasion", models.CharField(blank=True, max_length=40)),
                ("data", models.JSONField(default=dict)),
                ("due_at", models.DateTimeField(db_index=True, null=True)),
                ("fencing_token", models.PositiveBigIntegerField(default=0)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("sent_at", models.DateTimeField(null=True)),
                ("dropped_because", models.CharField(blank=True, max_length=100)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("recipient", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("tenant", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.tenant")),
            ],
            options={
                "verbose_name": "e-mail",
                "ordering": ("-created_at",),
                "indexes": [models.Index(fields=["target_id", "kind"], name="emails_about_target")],
                "constraints": [
                    models.UniqueConstraint(condition=models.Q(("occasion", ""), _negated=True), fields=("target_id", "kind", "occasion", "recipient"), name="one_email_for_each_occasion"),
                    models.UniqueConstraint(condition=models.Q(("due_at__isnull", False), ("occasion", ""), ("tenant", None)), fields=("target_id", "kind"), name="told_once_while_it_waits"),
                ],
            },
        ),
        # What is to staff, or to owners of an organisation that is gone, belongs to no tenant.
        EnableRowLevelSecurity("queuedemail", without_tenant="all"),
    ]
