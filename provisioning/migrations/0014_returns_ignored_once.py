from django.db import migrations, models


def keep_the_first(apps, schema_editor):
    """Of returns that were kept twice for one ticket and kind, leave the first."""
    outcomes = apps.get_model("provisioning", "TosOutcome")._base_manager
    seen = set()
    ignored = outcomes.filter(counted=False).order_by("received_at", "pk")
    for pk, *same in ignored.values_list("pk", "ticket", "kind"):
        if tuple(same) in seen:
            outcomes.filter(pk=pk).delete()
        seen.add(tuple(same))


class Migration(migrations.Migration):
    """What did not count is kept once for each ticket and kind, whoever races."""

    dependencies = [("provisioning", "0013_fewer_indexes")]

    operations = [
        migrations.RunPython(keep_the_first, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="tosoutcome",
            constraint=models.UniqueConstraint(
                condition=models.Q(("counted", False)),
                fields=("ticket", "kind"),
                name="ignored_answers_kept_once",
            ),
        ),
    ]
