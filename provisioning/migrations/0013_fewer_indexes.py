import django.db.models.deletion
from django.db import migrations, models

from accounts.tenancy.index_operations import UnindexForeignKey


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0010_fewer_indexes'),
        ('provisioning', '0012_read_through'),
        ('tokens', '0013_fewer_indexes'),
    ]

    operations = [
        UnindexForeignKey(
            model_name='accountticket',
            name='connection',
            field=models.ForeignKey(db_index=False, help_text='The Google account that the ticket is bound to.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tokens.googleconnection'),
        ),
        UnindexForeignKey(
            model_name='move',
            name='request',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='moves', to='provisioning.provisioningrequest'),
        ),
        UnindexForeignKey(
            model_name='provisionedaccount',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant'),
        ),
        UnindexForeignKey(
            model_name='provisioningattempt',
            name='request',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='provisioning.provisioningrequest'),
        ),
        UnindexForeignKey(
            model_name='provisioningdefaults',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant'),
        ),
        UnindexForeignKey(
            model_name='provisioningrequest',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant'),
        ),
        UnindexForeignKey(
            model_name='setupstep',
            name='request',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='provisioning.provisioningrequest'),
        ),
        UnindexForeignKey(
            model_name='termsmail',
            name='ticket',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='mails', to='provisioning.accountticket'),
        ),
    ]
