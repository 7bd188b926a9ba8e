"""Pages of Google that a cause can only be mended on."""

from tokens.evidence import Act

_CONSOLE = "https://console.cloud.google.com"

HELP: dict[Act, str] = {
    Act.CLOUD_API: f"{_CONSOLE}/apis/library/analyticsadmin.googleapis.com",
    Act.CLOUD_CLIENTS: f"{_CONSOLE}/auth/clients",
    Act.CLOUD_AUDIENCE: f"{_CONSOLE}/auth/audience",
    Act.WORKSPACE: "https://support.google.com/a/answer/7281227",
}
