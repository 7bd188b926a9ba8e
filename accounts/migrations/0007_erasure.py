import uuid

from django.db import migrations, models

REFUSAL = "The audit record is append-only."
BEGIN = "CREATE OR REPLACE FUNCTION accounts_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
END = f"RAISE EXCEPTION '{REFUSAL}'; END $$"
GOES_ALONG = (
    "IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM accounts_tenant "
    "WHERE id = OLD.tenant_id AND erased_at IS NOT NULL) THEN RETURN OLD; END IF; "
)


def let_go(apps, schema_editor):
    """The record of an organisation goes with it, once its keys are destroyed; SQLite refuses
    changes only (0005)."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(BEGIN + GOES_ALONG + END)


def hold(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(BEGIN + END)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_invitations")]

    operations = [
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('organisation', models.UUIDField(unique=True, verbose_name='id of the organisation')),
                ('asked_at', models.DateTimeField(verbose_name='deletion asked for')),
                ('shredded_at', models.DateTimeField(verbose_name='keys destroyed')),
                ('started_at', models.DateTimeField(auto_now_add=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('keys', models.JSONField(default=list, verbose_name='data keys destroyed')),
                ('revocations', models.JSONField(default=dict, verbose_name='what Google was told')),
                ('rows', models.JSONField(default=dict, verbose_name='rows deleted, by table')),
                ('digest', models.CharField(blank=True, max_length=64, verbose_name='SHA-256 of the proof')),
                ('letter', models.JSONField(default=dict)),
                ('tell_at', models.DateTimeField(null=True)),
                ('told_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ('-started_at',),
                'constraints': [models.CheckConstraint(condition=models.Q(('told_at', None), ('letter', {}), _connector='OR'), name='told_erasure_names_nobody')],
            },
        ),
        migrations.RunPython(let_go, hold),
    ]
