import django.db.models.deletion
import uuid
from django.db import migrations, models

from accounts.tenancy.operations import EnableRowLevelSecurity


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0014_created_once'),
        ('provisioning', '0016_requests_by_website'),
        ('tokens', '0018_created_once'),
    ]

    operations = [
        migrations.CreateModel(
            name='ExtraAccount',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('account_id', models.CharField(max_length=20, unique=True)),
                ('account_name', models.CharField(max_length=200)),
                ('made_at', models.DateTimeField(help_text='When it was made, as Google says.', null=True)),
                ('certain', models.BooleanField(help_text='Whether nothing else can have made it, as far as the portal knows.')),
                ('found_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'account made besides',
                'verbose_name_plural': 'accounts made besides',
                'ordering': ('found_at',),
            },
        ),
        migrations.AddField(
            model_name='accountticket',
            name='account_name',
            field=models.CharField(blank=True, db_default='', default='', help_text="The name that the account was to get; the request's may change afterwards.", max_length=100),
        ),
        migrations.AddField(
            model_name='accountticket',
            name='look_at',
            field=models.DateTimeField(help_text='When the portal looks at Google next for what it may have made; empty when nothing is expected of it.', null=True),
        ),
        migrations.AddField(
            model_name='accountticket',
            name='looked_at',
            field=models.DateTimeField(help_text='The last look that Google answered.', null=True),
        ),
        migrations.AddField(
            model_name='accountticket',
            name='looks',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='accountticket',
            name='made_account_id',
            field=models.CharField(blank=True, db_default='', default='', help_text='The account it made.', max_length=20),
        ),
        migrations.AddField(
            model_name='provisioningrequest',
            name='version',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='Counts its moves. Forms carry it, so that an old page changes nothing.'),
        ),
        migrations.AlterField(
            model_name='accountticket',
            name='accounts_before',
            field=models.JSONField(default=list, help_text='Account ids that it did not make: the Google account could see them before, or a person ruled them out.'),
        ),
        migrations.AlterField(
            model_name='accountticket',
            name='opened_at',
            field=models.DateTimeField(help_text='When its terms were first opened.', null=True),
        ),
        migrations.AlterField(
            model_name='accountticket',
            name='status',
            field=models.CharField(choices=[('open', 'Waiting for an answer'), ('answered', 'Answered'), ('closed', 'Closed without an answer'), ('disowned', 'Set aside for a new ticket')], default='open', max_length=10),
        ),
        migrations.AddIndex(
            model_name='accountticket',
            index=models.Index(condition=models.Q(('look_at__isnull', False)), fields=['look_at'], name='tickets_to_look_for'),
        ),
        migrations.AddField(
            model_name='extraaccount',
            name='request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='extras', to='provisioning.provisioningrequest'),
        ),
        migrations.AddField(
            model_name='extraaccount',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant'),
        ),
        migrations.AddField(
            model_name='extraaccount',
            name='ticket',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='provisioning.accountticket'),
        ),
        EnableRowLevelSecurity('extraaccount'),
    ]
