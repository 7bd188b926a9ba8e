"""The shell of every page a person sees: plainly not Google, no script needed."""

from __future__ import annotations

import secrets
from html import escape
from pathlib import Path

from aiohttp import web

STYLE_PATH = "/_emu/static/emu.css"
STYLE = (Path(__file__).parent / "emu.css").read_text("utf-8")
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<rect width="16" height="16" rx="3" fill="#5b3fb0"/>'
    '<path d="M4 4h8M4 8h6M4 12h8M4 4v8" stroke="#fff" stroke-width="2"/></svg>'
)
BAND = "Local Google for development"

SHELL = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · {band}</title>
<link rel="icon" href="/favicon.ico" type="image/svg+xml">
<link rel="stylesheet" href="{style}">
{head}</head>
<body>
<header class="band"><p>{band}</p>{corner}</header>
<main class="{width}">
{body}
</main>
</body>
</html>
"""


def page(
    title: str,
    body: str,
    *,
    status: int = 200,
    wide: bool = False,
    script: str | None = None,
) -> web.Response:
    """Answer with a whole page; an inline script, if any, is allowed by its nonce only."""
    nonce = secrets.token_urlsafe(12)
    head = f'<script nonce="{nonce}">{script}</script>\n' if script else ""
    corner = "" if wide else '<a class="quiet" href="/_emu/">Control page</a>'
    text = SHELL.format(
        title=escape(title),
        band=BAND,
        style=STYLE_PATH,
        head=head,
        corner=corner,
        width="wide" if wide else "card",
        body=body,
    )
    response = web.Response(text=text, status=status, content_type="text/html")
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; script-src 'nonce-{nonce}'"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def notice(heading: str, text: str, code: str = "", *, status: int = 400) -> web.Response:
    """A page that says what is wrong and goes nowhere."""
    body = f"<h1>{escape(heading)}</h1><p>{escape(text)}</p>"
    if code:
        body += f'<p class="code">Error {status}: {escape(code)}</p>'
    return page(heading, body, status=status)


def not_found_page() -> web.Response:
    """What Google's front end says to an unknown path or a wrong verb (contract §10)."""
    return notice("Not found", "The requested URL was not found on this server.", status=404)


def hidden(name: str, value: str) -> str:
    """A hidden form field."""
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


def table(caption: str, heads: tuple[str, ...], rows: list[list[str]]) -> str:
    """A captioned table of plain text; says so when it is empty."""
    if not rows:
        return f"<h3>{escape(caption)}</h3><p class='muted'>None.</p>"
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{lines}</tbody></table></div>"
    )


async def style(request: web.Request) -> web.Response:
    """Serve the one stylesheet."""
    return web.Response(text=STYLE, content_type="text/css")


async def icon(request: web.Request) -> web.Response:
    """Serve the icon, so that no browser console shows a 404."""
    return web.Response(text=ICON, content_type="image/svg+xml")


def routes() -> list[web.RouteDef]:
    """Static files of the pages."""
    return [web.get(STYLE_PATH, style), web.get("/favicon.ico", icon)]
