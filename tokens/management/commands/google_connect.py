"""`manage.py google_connect`: connects a Google account from a terminal, without a web page."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.audit.recording import by_command
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from accounts.values.email_address import shown
from tokens.clients.installed_app import BadClientFile, installed_client
from tokens.connections.google.loopback import Arrival, Loopback
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.services.cli_flow import CliFlow, begin, finish
from tokens.connections.services.oauth_flow import CallbackRefused
from tokens.connections.states import FLOW_PAGES, FlowOutcome
from tokens.encryption.availability import PortalSealed
from tokens.google.errors import GoogleError
from tokens.google.scopes import words_for

_ACTOR = by_command("google_connect")


class Command(BaseCommand):
    """Prints an address, waits for the browser that opens it, and stores what it brings."""

    help = (
        "Connects a Google account to an organisation: prints the address of Google's consent page "
        "and waits for its answer on this machine. With the browser on another machine, tunnel "
        "the port: ssh -L PORT:127.0.0.1:PORT server. Needs GOOGLE_INSTALLED_CLIENT_FILE."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which organisation, and where to listen."""
        parser.add_argument("organisation", metavar="slug", help="the organisation's short name")
        parser.add_argument(
            "--port", type=int, default=0, help="port of this machine to listen on (a free one)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make one flow to Google and back."""
        tenant = _organisation(options["organisation"])
        _assert_client()
        try:
            with _listener(options["port"]) as loopback:
                self._travel(tenant, loopback)
        except (GoogleError, PortalSealed) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped. Nothing was connected.") from None

    def _travel(self, tenant: Tenant, loopback: Loopback) -> None:
        with tenant_scope(tenant):
            begun = begin(tenant, loopback.redirect_uri, _ACTOR)
        self._invite(begun, loopback)
        left = (begun.flow.expires_at - timezone.now()).total_seconds()
        arrival = loopback.wait(max(left, 0.0))
        if arrival is None:
            raise CommandError(
                "Nobody came back from Google in time. Nothing was connected; run this once more."
            )
        with tenant_scope(tenant):
            said = _finished(begun, arrival)
        self.stdout.write(self.style.SUCCESS(said))

    def _invite(self, begun: CliFlow, loopback: Loopback) -> None:
        port = loopback.server_port
        until = timezone.localtime(begun.flow.expires_at)
        lines = (
            "Open this address in a browser, and sign in with the Google account to connect:",
            "",
            begun.url,
            "",
            f"Google returns to {loopback.redirect_uri}. If the browser is on another machine, run",
            f"there first: ssh -L {port}:127.0.0.1:{port} <this server>",
            f"Waiting until {until:%H:%M:%S %Z}. Ctrl-C stops.",
        )
        for line in lines:
            self.stdout.write(line)
        self.stdout.flush()


def _organisation(slug: str) -> Tenant:
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise CommandError(f"There is no organisation {slug}.")
    if tenant.deleted_at is not None:
        raise CommandError(f"{tenant.name} is about to be deleted, so nothing is connected to it.")
    return tenant


def _assert_client() -> None:
    try:
        found = installed_client()
    except BadClientFile as error:
        raise CommandError(f"GOOGLE_INSTALLED_CLIENT_FILE cannot be used. {error}") from error
    if found is None:
        raise CommandError(
            "GOOGLE_INSTALLED_CLIENT_FILE is empty. Make an OAuth client of the type Desktop app "
            "in the Google console, and name its file to every process of the portal."
        )


def _listener(port: int) -> Loopback:
    try:
        return Loopback(port)
    except (OSError, OverflowError) as error:
        raise CommandError(
            f"Port {port} cannot be listened on ({error}). Choose another one, or leave --port out."
        ) from error


def _finished(begun: CliFlow, arrival: Arrival) -> str:
    """What to say of a flow that connected; tells the browser too, however it ended."""
    try:
        flow = finish(begun, arrival.query, _ACTOR)
    except CallbackRefused as refused:
        arrival.answer(400, "Not connected", str(refused))
        raise CommandError(f"{refused} Nothing was connected; run this once more.") from refused
    if flow.outcome != FlowOutcome.CONNECTED or flow.connection is None:
        problem = _problem(flow)
        arrival.answer(FLOW_PAGES[flow.shown_outcome].http_status, "Not connected", problem)
        raise CommandError(f"{problem} Run this once more.")
    said = f"{shown(flow.connection.email)} is connected to {flow.tenant.name}."
    arrival.answer(200, "Connected", f"{said} You can close this window.")
    return said


def _problem(flow: OAuthFlow) -> str:
    page = flow.page
    detail = flow.detail
    if flow.outcome == FlowOutcome.PARTIAL:
        detail = f"Missing: {', '.join(words_for(frozenset(detail.split())))}."
    parts = dict.fromkeys((page.happened, detail, page.not_done))
    return " ".join(part for part in parts if part)
