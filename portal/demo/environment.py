"""The environment that a demo's processes read their settings from."""

import base64
import os
import secrets
from collections.abc import Mapping

from portal.demo.folder import Folder
from portal.demo.ports import HOST, choose

CLIENT = ("portal.apps.googleusercontent.com", "GOCSPX-emu-portal")
SIGNIN_CLIENT = ("signin.apps.googleusercontent.com", "GOCSPX-emu-signin")


def build(folder: Folder, given: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    """Every setting of a demo, from what was `given` this time and `kept` from the last.

    Only `DATABASE_URL`, the two ports and how much is logged can be given; all
    else is fixed, so that settings of another installation cannot leak in.
    """
    portal = choose("PORTAL_PORT", given.get("PORTAL_PORT"), kept.get("PORTAL_PORT"), 8000)
    google = choose("GOOGLE_PORT", given.get("GOOGLE_PORT"), kept.get("GOOGLE_PORT"), 9000)
    return {
        "DEMO": "true",
        "DEBUG": "false",
        "STAFF_SECOND_STEP": "false",
        "DEMO_DIR": str(folder.path),
        "PORTAL_ENV_FILE": str(folder.environment),
        "PORTAL_PORT": str(portal),
        "GOOGLE_PORT": str(google),
        **_keys(kept),
        **_web(portal),
        **_stores(folder, given),
        **_google(f"http://{HOST}:{google}"),
    }


def _keys(kept: Mapping[str, str]) -> dict[str, str]:
    fernet_key = base64.urlsafe_b64encode(os.urandom(32)).decode()
    return {
        "SECRET_KEY": kept.get("SECRET_KEY") or secrets.token_urlsafe(60),
        "FIELD_ENCRYPTION_KEY": kept.get("FIELD_ENCRYPTION_KEY") or fernet_key,
    }


def _web(port: int) -> dict[str, str]:
    return {
        "BASE_URL": f"http://localhost:{port}",
        "ALLOWED_HOSTS": f"localhost,{HOST}",
        "SECURE_SSL_REDIRECT": "false",
        "STATIC_MANIFEST": "false",
        "TRUSTED_PROXY_COUNT": "0",
        "LOG_FORMAT": "console",
    }


def _stores(folder: Folder, given: Mapping[str, str]) -> dict[str, str]:
    sqlite = f"sqlite:///{folder.path / 'portal.sqlite3'}"
    return {
        "DATABASE_URL": given.get("DATABASE_URL") or sqlite,
        "CACHE_URL": "dbcache://portal_cache",
        "BROKER_URL": "filesystem://localhost",
        "BROKER_DIR": str(folder.path / "broker"),
        "EMAIL_URL": "filemail://",
        "MAIL_DIR": str(folder.path / "mail"),
    }


def _google(root: str) -> dict[str, str]:
    return {
        "GOOGLE_ALLOW_OTHER_HOSTS": "true",
        "GOOGLE_AUTHORIZE_URL": f"{root}/o/oauth2/v2/auth",
        "GOOGLE_TOKEN_URL": f"{root}/token",
        "GOOGLE_REVOKE_URL": f"{root}/revoke",
        "GOOGLE_CERTS_URL": f"{root}/oauth2/v3/certs",
        "GOOGLE_USERINFO_URL": f"{root}/oauth2/v2/userinfo",
        "GOOGLE_ISSUER": "https://accounts.google.com",
        "GOOGLE_ADMIN_API_URL": f"{root}/",
        "GOOGLE_API_KEY_CHECK_URL": f"{root}/$discovery/rest?version=v1beta",
        "GOOGLE_IAM_API_URL": f"{root}/",
        "GOOGLE_TOS_URL": (
            f"{root}/analytics/web/?provisioningSignup=false#/termsofservice/{{ticket}}"
        ),
        "GOOGLE_PROVISIONING_V3": "true",
        "GOOGLE_V3_API_URL": f"{root}/analytics/v3/",
        "GOOGLE_TOS_V3_URL": (
            f"{root}/analytics/web/?provisioningSignup=false"
            "#management/TermsOfService//?api.accountTicketId={ticket}"
        ),
        "GOOGLE_ANALYTICS_WEB_URL": f"{root}/analytics/web/",
        "GOOGLE_CLIENT_ID": CLIENT[0],
        "GOOGLE_CLIENT_SECRET": CLIENT[1],
        "GOOGLE_SIGNIN_CLIENT_ID": SIGNIN_CLIENT[0],
        "GOOGLE_SIGNIN_CLIENT_SECRET": SIGNIN_CLIENT[1],
    }


def read(folder: Folder) -> dict[str, str]:
    """What the last run wrote, or nothing."""
    if not folder.environment.is_file():
        return {}
    lines = folder.environment.read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def write(folder: Folder, settings: Mapping[str, str]) -> None:
    """Keep the settings for the next run, where only their owner can read them.

    With `PORTAL_ENV_FILE` on this file, every other command works on the demo's data.
    """
    lines = ["# Written by every start of the demo; its keys and ports are taken from here again."]
    lines += [f"{name}={value}" for name, value in settings.items()]
    descriptor = os.open(folder.environment, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines) + "\n")
    folder.environment.chmod(0o600)
