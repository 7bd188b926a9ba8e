"""Where Google is. Every address is a setting that defaults to Google's own."""

from portal.settings.client_file import client_in
from portal.settings.env import env

GOOGLE_AUTHORIZE_URL: str = env.str(
    "GOOGLE_AUTHORIZE_URL", default="https://accounts.google.com/o/oauth2/v2/auth"
)
GOOGLE_TOKEN_URL: str = env.str("GOOGLE_TOKEN_URL", default="https://oauth2.googleapis.com/token")
GOOGLE_REVOKE_URL: str = env.str(
    "GOOGLE_REVOKE_URL", default="https://oauth2.googleapis.com/revoke"
)
GOOGLE_CERTS_URL: str = env.str(
    "GOOGLE_CERTS_URL", default="https://www.googleapis.com/oauth2/v3/certs"
)
GOOGLE_USERINFO_URL: str = env.str(
    "GOOGLE_USERINFO_URL", default="https://www.googleapis.com/oauth2/v2/userinfo"
)
GOOGLE_ISSUER: str = env.str("GOOGLE_ISSUER", default="https://accounts.google.com")
GOOGLE_ADMIN_API_URL: str = env.str(
    "GOOGLE_ADMIN_API_URL", default="https://analyticsadmin.googleapis.com/"
)
# An API that accepts keys and needs nothing else: there, API keys are checked.
GOOGLE_API_KEY_CHECK_URL: str = env.str(
    "GOOGLE_API_KEY_CHECK_URL",
    default="https://analyticsadmin.googleapis.com/$discovery/rest?version=v1beta",
)
# The IAM API: there, keys of service accounts are made, disabled and deleted.
GOOGLE_IAM_API_URL: str = env.str("GOOGLE_IAM_API_URL", default="https://iam.googleapis.com/")
# `{ticket}` is replaced by the account ticket's id (contract §4.2).
GOOGLE_TOS_URL: str = env.str(
    "GOOGLE_TOS_URL",
    default=(
        "https://analytics.google.com/analytics/web/"
        "?provisioningSignup=false#/termsofservice/{ticket}"
    ),
)
GOOGLE_TOS_ORIGIN = "/".join(GOOGLE_TOS_URL.split("/", 3)[:3])
# Whether Google serves its legacy Provisioning API v3 to the portal's project, by invitation.
GOOGLE_PROVISIONING_V3: bool = env.bool("GOOGLE_PROVISIONING_V3", default=False)
GOOGLE_V3_API_URL: str = env.str(
    "GOOGLE_V3_API_URL", default="https://analytics.googleapis.com/analytics/v3/"
)
GOOGLE_TOS_V3_URL: str = env.str(
    "GOOGLE_TOS_V3_URL",
    default=(
        "https://www.google.com/analytics/web/?provisioningSignup=false"
        "#management/TermsOfService//?api.accountTicketId={ticket}"
    ),
)
GOOGLE_TOS_V3_ORIGIN = "/".join(GOOGLE_TOS_V3_URL.split("/", 3)[:3])
GOOGLE_ANALYTICS_WEB_URL: str = env.str(
    "GOOGLE_ANALYTICS_WEB_URL", default="https://analytics.google.com/analytics/web/"
)

# Analytics accounts that a Google account may hold; 0 leaves it to Google to say so.
GOOGLE_ACCOUNT_LIMIT: int = env.int("GOOGLE_ACCOUNT_LIMIT", default=100)

# Talking to anything but Google with DEBUG off is refused at start unless this is set.
GOOGLE_ALLOW_OTHER_HOSTS: bool = env.bool("GOOGLE_ALLOW_OTHER_HOSTS", default=False)

# The client that tenants' Google connections are authorised for.
GOOGLE_CLIENT_ID: str = env.str("GOOGLE_CLIENT_ID", default="")
GOOGLE_CLIENT_SECRET: str = env.str("GOOGLE_CLIENT_SECRET", default="")
# The secret before that one, while both work at Google: tried where the newer one is refused.
GOOGLE_CLIENT_SECRET_OLD: str = env.str("GOOGLE_CLIENT_SECRET_OLD", default="")
# The console's JSON file of that client: its id and secret, where those two are not set, and
# the addresses that are registered, which the portal checks.
GOOGLE_CLIENT_FILE: str = env.str("GOOGLE_CLIENT_FILE", default="")
# By which setting the environment names the portal's client: it wins over one that staff upload.
GOOGLE_CLIENT_NAMED_BY = "GOOGLE_CLIENT_ID" if GOOGLE_CLIENT_ID else ""
if GOOGLE_CLIENT_FILE and not (GOOGLE_CLIENT_ID or GOOGLE_CLIENT_SECRET):
    GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET = client_in(GOOGLE_CLIENT_FILE)
    GOOGLE_CLIENT_NAMED_BY = "GOOGLE_CLIENT_FILE"
# The console's JSON file of the client for terminals (Desktop app): manage.py google_connect.
GOOGLE_INSTALLED_CLIENT_FILE: str = env.str("GOOGLE_INSTALLED_CLIENT_FILE", default="")
# The client that people sign in to the portal with: other scopes, other callback.
GOOGLE_SIGNIN_CLIENT_ID: str = env.str("GOOGLE_SIGNIN_CLIENT_ID", default="")
GOOGLE_SIGNIN_CLIENT_SECRET: str = env.str("GOOGLE_SIGNIN_CLIENT_SECRET", default="")

# Seconds. Connect flows and account tickets that see no return end after these.
GOOGLE_AUTHORIZATION_TTL: int = env.int("GOOGLE_AUTHORIZATION_TTL", default=600)
GOOGLE_TICKET_TTL: int = env.int("GOOGLE_TICKET_TTL", default=3600)
# Days after which a request that was never finished is cancelled; 0 keeps it for ever.
UNFINISHED_DAYS: int = env.int("UNFINISHED_DAYS", default=30)
# Refreshes a second that all workers together may ask for, for each OAuth client.
GOOGLE_REFRESH_RATE: float = env.float("GOOGLE_REFRESH_RATE", default=100.0)
# Google's quotas, for the portal's project and for each Google account (contract
# §3, §4.4). All workers together stay below them; raise them when Google has raised yours.
GOOGLE_PROJECT_CALLS_A_MINUTE: int = env.int("GOOGLE_PROJECT_CALLS_A_MINUTE", default=1200)
GOOGLE_USER_CALLS_A_MINUTE: int = env.int("GOOGLE_USER_CALLS_A_MINUTE", default=600)
GOOGLE_PROJECT_WRITES_A_MINUTE: int = env.int("GOOGLE_PROJECT_WRITES_A_MINUTE", default=600)
GOOGLE_USER_WRITES_A_MINUTE: int = env.int("GOOGLE_USER_WRITES_A_MINUTE", default=180)
# v3 allows 1.5 calls a second for each user. Five at once, and then one a second, stay below.
GOOGLE_V3_USER_CALLS_A_SECOND: float = env.float("GOOGLE_V3_USER_CALLS_A_SECOND", default=1.0)
GOOGLE_V3_WRITES_A_DAY: int = env.int("GOOGLE_V3_WRITES_A_DAY", default=50)
GOOGLE_TIMEOUT: float = env.float("GOOGLE_TIMEOUT", default=20.0)
# Refresh tokens that Google keeps for each OAuth client and Google account, over all tenants
# (contract §1.3). One more ends the oldest without a word.
REFRESH_TOKEN_LIMIT: int = env.int("REFRESH_TOKEN_LIMIT", default=100)

# Days that the record of what was said to Google is kept; 0 keeps it for ever.
EXCHANGE_RETENTION_DAYS: int = env.int("EXCHANGE_RETENTION_DAYS", default=30)
# Days after which a service account's key is said to be old.
CREDENTIAL_MAX_AGE_DAYS: int = env.int("CREDENTIAL_MAX_AGE_DAYS", default=90)
# Hours that a service account's old key still works, and then stays disabled, before it is deleted.
CREDENTIAL_GRACE_HOURS: int = env.int("CREDENTIAL_GRACE_HOURS", default=24)
CREDENTIAL_OBSERVE_HOURS: int = env.int("CREDENTIAL_OBSERVE_HOURS", default=24)
