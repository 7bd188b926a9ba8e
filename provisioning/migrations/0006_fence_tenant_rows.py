from django.db import migrations

from accounts.tenancy.operations import FenceTenantRows


class Migration(migrations.Migration):
    """Row-level security on every tenant's rows (docs/adr/0008)."""

    dependencies = [("provisioning", "0005_lists")]

    operations = [
        FenceTenantRows("provisionedaccount"),
        FenceTenantRows("setupstep"),
        FenceTenantRows("provisioningattempt"),
        FenceTenantRows("accountticket"),
        FenceTenantRows("tosoutcome"),
        FenceTenantRows("move"),
        FenceTenantRows("termsmail"),
        FenceTenantRows("provisioningrequest"),
        FenceTenantRows("provisioningdefaults"),
    ]
