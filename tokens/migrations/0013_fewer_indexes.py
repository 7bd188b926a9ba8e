import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts.tenancy.index_operations import UnindexForeignKey


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0010_fewer_indexes'),
        ('tokens', '0012_mails'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        UnindexForeignKey(
            model_name='apikey',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant'),
        ),
        UnindexForeignKey(
            model_name='exchange',
            name='connection',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='exchanges', to='tokens.googleconnection'),
        ),
        UnindexForeignKey(
            model_name='exchange',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant'),
        ),
        UnindexForeignKey(
            model_name='googleconnection',
            name='connected_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        UnindexForeignKey(
            model_name='googleconnection',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant'),
        ),
        UnindexForeignKey(
            model_name='issuedrefreshtoken',
            name='client',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tokens.oauthclient'),
        ),
        UnindexForeignKey(
            model_name='oauthclient',
            name='tenant',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant'),
        ),
        UnindexForeignKey(
            model_name='reconnectmail',
            name='connection',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='mails', to='tokens.googleconnection'),
        ),
        UnindexForeignKey(
            model_name='serviceaccount',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant'),
        ),
        UnindexForeignKey(
            model_name='serviceaccountmail',
            name='rotation',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='mails', to='tokens.serviceaccountrotation'),
        ),
        UnindexForeignKey(
            model_name='tenantkey',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant'),
        ),
    ]
