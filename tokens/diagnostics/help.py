"""Pages of Google that a cause can only be mended on."""

from tokens.diagnostics.facts import Act

_CONSOLE = "https://console.cloud.google.com"

HELP: dict[Act, str] = {
    Act.CLOUD_API: f"{_CONSOLE}/apis/library/analyticsadmin.googleapis.com",
    Act.CLOUD_CLIENTS: f"{_CONSOLE}/auth/clients",
    Act.CLOUD_AUDIENCE: f"{_CONSOLE}/auth/audience",
    Act.CLOUD_ACCOUNTS: f"{_CONSOLE}/iam-admin/serviceaccounts",
    Act.CLOUD_IAM_API: f"{_CONSOLE}/apis/library/iam.googleapis.com",
    Act.CLOUD_POLICY: f"{_CONSOLE}/iam-admin/orgpolicies/iam-disableServiceAccountKeyCreation",
    Act.ANALYTICS: "https://analytics.google.com/analytics/web/#/admin",
    Act.WORKSPACE: "https://support.google.com/a/answer/7281227",
}
