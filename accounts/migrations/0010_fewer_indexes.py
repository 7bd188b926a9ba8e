import django.db.models.deletion
from django.db import migrations, models

from accounts.tenancy.index_operations import UnindexForeignKey


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_member_mails'),
    ]

    operations = [
        UnindexForeignKey(
            model_name='auditevent',
            name='tenant',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='audit_events', to='accounts.tenant'),
        ),
        UnindexForeignKey(
            model_name='auditlink',
            name='tenant',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant'),
        ),
        UnindexForeignKey(
            model_name='membership',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='accounts.tenant'),
        ),
    ]
