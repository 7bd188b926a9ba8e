from django.db import migrations

from accounts.tenancy.operations import EnableRowLevelSecurity


class Migration(migrations.Migration):
    """Row-level security on every tenant's rows (docs/adr/0008)."""

    dependencies = [("tokens", "0005_quarantine")]

    operations = [
        EnableRowLevelSecurity("authorization"),
        EnableRowLevelSecurity("oauthclient", without_tenant="all"),
        EnableRowLevelSecurity("googleconnection"),
        EnableRowLevelSecurity("exchange"),
        EnableRowLevelSecurity("issuedrefreshtoken"),
        EnableRowLevelSecurity("reconnectlink"),
        EnableRowLevelSecurity("revocation"),
        EnableRowLevelSecurity("tenantkey"),
    ]
