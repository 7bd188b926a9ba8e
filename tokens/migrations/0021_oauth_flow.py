from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tokens", "0020_fencing_token")]

    operations = [
        migrations.RemoveConstraint(
            model_name="authorization",
            name="connected_trip_was_consumed",
        ),
        migrations.RemoveConstraint(
            model_name="authorization",
            name="known_trip_outcome",
        ),
        migrations.RenameModel("Authorization", "OAuthFlow"),
        migrations.AddConstraint(
            model_name="oauthflow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "outcome__in",
                        [
                            "pending",
                            "exchanging",
                            "connected",
                            "denied",
                            "partial",
                            "no_refresh_token",
                            "wrong_account",
                            "expired",
                            "untrusted",
                            "refused",
                            "unreachable",
                            "misconfigured",
                            "client_refused",
                            "client_removed",
                            "google_failed",
                            "request_refused",
                            "blocked",
                            "link_over",
                        ],
                    )
                ),
                name="known_flow_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="oauthflow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "connected"), _negated=True),
                    ("consumed_at__isnull", False),
                    _connector="OR",
                ),
                name="connected_flow_was_consumed",
            ),
        ),
    ]
