from django.db import migrations

from accounts.tenancy.operations import FenceTenantRows


class Migration(migrations.Migration):
    """Row-level security on every tenant's rows (docs/adr/0008)."""

    dependencies = [("tokens", "0005_quarantine")]

    operations = [
        FenceTenantRows("authorization"),
        FenceTenantRows("oauthclient", without_tenant="all"),
        FenceTenantRows("googleconnection"),
        FenceTenantRows("exchange"),
        FenceTenantRows("issuedrefreshtoken"),
        FenceTenantRows("reconnectlink"),
        FenceTenantRows("revocation"),
        FenceTenantRows("tenantkey"),
    ]
