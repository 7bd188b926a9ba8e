from django.db import migrations

from accounts.tenancy.operations import EnableRowLevelSecurity


class Migration(migrations.Migration):
    """Row-level security on every tenant's rows (docs/adr/0008)."""

    dependencies = [("provisioning", "0005_lists")]

    operations = [
        EnableRowLevelSecurity("provisionedaccount"),
        EnableRowLevelSecurity("setupstep"),
        EnableRowLevelSecurity("provisioningattempt"),
        EnableRowLevelSecurity("accountticket"),
        EnableRowLevelSecurity("tosoutcome"),
        EnableRowLevelSecurity("move"),
        EnableRowLevelSecurity("termsmail"),
        EnableRowLevelSecurity("provisioningrequest"),
        EnableRowLevelSecurity("provisioningdefaults"),
    ]
