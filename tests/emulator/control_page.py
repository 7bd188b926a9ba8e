"""``/_emu/``: see and steer the emulator by hand, with plain forms."""

from __future__ import annotations

from html import escape

from aiohttp import web

from tests.emulator import clock, control_tables, scenarios, tokens
from tests.emulator.errors import PageError
from tests.emulator.pages import page
from tests.emulator.state import ActiveScenario, State
from tests.emulator.world import World, world_of

HOME = "/_emu/"


async def home(request: web.Request) -> web.Response:
    """Everything on one page: what can be done on top, what is known below."""
    world = world_of(request)
    body = (
        "<h1>Control page</h1>"
        f"<p>It is {escape(clock.http_date(world.state))} here "
        f"(offset {world.state.clock_offset:+.0f} s).</p>"
        f'<div class="panels">{scenario_panel(world.state)}{clock_panel()}'
        f"{people_panel(world.state)}{reset_panel()}</div>"
        f"{control_tables.all_tables(world)}"
    )
    return page("Control page", body, wide=True)


def panel(title: str, action: str, fields: str, button: str) -> str:
    """A card with one form."""
    return (
        f'<section class="panel"><h2>{escape(title)}</h2>'
        f'<form method="post" action="{HOME}{action}"><div class="row">{fields}'
        f"<button>{escape(button)}</button></div></form></section>"
    )


def select(name: str, label: str, groups: dict[str, dict[str, str]]) -> str:
    """A labelled select with groups; the empty group name means no group."""
    inner = ""
    for group, options in groups.items():
        items = "".join(
            f'<option value="{escape(value)}">{escape(text)}</option>'
            for value, text in options.items()
        )
        inner += f'<optgroup label="{escape(group)}">{items}</optgroup>' if group else items
    return (
        f'<div class="field"><label for="{name}">{escape(label)}</label>'
        f'<select id="{name}" name="{name}">{inner}</select></div>'
    )


def text(name: str, label: str, kind: str = "text") -> str:
    """A labelled input."""
    return (
        f'<div class="field"><label for="{name}">{escape(label)}</label>'
        f'<input id="{name}" name="{name}" type="{kind}"></div>'
    )


def emails(state: State) -> dict[str, str]:
    """Options with all users."""
    return {user.email: user.email for user in state.users.values()}


def scenario_panel(state: State) -> str:
    """Choose a scenario, for whom, and how often."""
    groups = {
        group: {name: f"{name}: {words}" for name, words in table.items()}
        for group, table in scenarios.BY_GROUP.items()
    }
    users = {"": {"": "everyone", **emails(state)}}
    fields = (
        select("name", "Scenario", groups)
        + select("user", "Applies to", users)
        + text("times", "Times (empty: for ever)", "number")
    )
    on = panel("Switch a scenario on", "scenario", fields, "Switch on")
    names = {s.name: s.name for s in state.scenarios}
    if not names:
        return on
    active = select("off", "Scenario", {"": {"": "all of them", **names}})
    return on + panel("Switch a scenario off", "scenario-off", active, "Switch off")


def clock_panel() -> str:
    """Move the clock."""
    field = text("advance", "Move on by seconds", "number")
    return panel("Clock", "clock", field, "Move the clock")


def people_panel(state: State) -> str:
    """Play a person who removes the app."""
    field = select("email", "Google user", {"": emails(state)})
    return panel("A person removes the app", "revoke", field, "Remove the app")


def reset_panel() -> str:
    """Start again."""
    words = "<p class='hint'>Forgets grants, tickets, accounts and scenarios.</p>"
    return panel("Start from the seed again", "reset", words, "Reset")


def back() -> web.Response:
    """Back to the page after a form."""
    return web.Response(status=303, headers={"Location": HOME})


async def scenario(request: web.Request) -> web.Response:
    """The form that switches a scenario on."""
    form = await request.post()
    times = str(form.get("times", ""))
    chosen = ActiveScenario(
        name=str(form.get("name", "")),
        user=str(form.get("user", "")) or None,
        times=number(times) if times else None,
    )
    scenarios.switch_on(world_of(request).state, chosen)
    return back()


def number(value: str) -> int:
    """Read a whole number from a form."""
    try:
        return int(value)
    except ValueError as error:
        raise PageError("invalid_request", f"{value!r} is not a whole number.") from error


async def scenario_off(request: web.Request) -> web.Response:
    """The form that switches scenarios off."""
    form = await request.post()
    scenarios.switch_off(world_of(request).state, str(form.get("off", "")) or None)
    return back()


async def move_clock(request: web.Request) -> web.Response:
    """The form that moves the clock."""
    form = await request.post()
    world_of(request).state.clock_offset += number(str(form.get("advance", "")) or "0")
    return back()


async def revoke(request: web.Request) -> web.Response:
    """The form with which a person removes the app."""
    world: World = world_of(request)
    user = world.state.user_by_email(str((await request.post()).get("email", "")))
    if user is None:
        raise PageError("invalid_request", "There is no such account.")
    for project in sorted({c.project for c in world.state.clients.values()}):
        tokens.revoke_project(world.state, user.sub, project)
    return back()


async def reset(request: web.Request) -> web.Response:
    """The form that starts again."""
    world_of(request).reset()
    return back()


def routes() -> list[web.RouteDef]:
    """The page and its forms."""
    return [
        web.get(HOME, home),
        web.get("/_emu", home),
        web.get("/", home),
        web.post(HOME + "scenario", scenario),
        web.post(HOME + "scenario-off", scenario_off),
        web.post(HOME + "clock", move_clock),
        web.post(HOME + "revoke", revoke),
        web.post(HOME + "reset", reset),
    ]
