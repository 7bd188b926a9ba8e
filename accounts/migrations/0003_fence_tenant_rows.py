from django.db import migrations

from accounts.tenancy.operations import EnableRowLevelSecurity


class Migration(migrations.Migration):
    """Row-level security on every tenant's rows (docs/adr/0008)."""

    dependencies = [("accounts", "0002_staff_groups")]

    operations = [
        EnableRowLevelSecurity("auditevent", without_tenant="add"),
    ]
