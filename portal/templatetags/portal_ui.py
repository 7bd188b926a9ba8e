"""What templates need beyond Django's own tags: icons of states, charts, Google's tag."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.contrib.messages.storage.base import Message
from django.forms.utils import flatatt
from django.template import Context
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from heroicons.templatetags.heroicons import heroicon_micro

from accounts.authentication import second_steps
from accounts.users.models import User
from accounts.values import email_address, locales, website_url
from accounts.web.notices import notices_for
from provisioning.requests.steps import ShownStep, StepState

register = template.Library()

# The shape that goes with each tone, so that a state is never told by colour alone.
SHAPES: Final = {
    "ok": "check-circle",
    "info": "ellipsis-horizontal-circle",
    "warn": "exclamation-triangle",
    "bad": "x-circle",
    "idle": "minus-circle",
}

_MEASUREMENT_ID = re.compile(r"G-[A-Z0-9]{4,12}|UA-[0-9]{1,20}-[0-9]{1,4}", re.ASCII)

_ACTORS: Final = {
    "google": "globe-alt",
    "person": "user",
    "staff": "lifebuoy",
    "worker": "cog-6-tooth",
}

# The first mark that is found counts: most browsers also name those they descend from.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)

_GTAG = """\
<!-- Google tag (gtag.js) -->
<script async src="https://www.googletagmanager.com/gtag/js?id={id}"></script>
<script>
  window.dataLayer = window.dataLayer || [];
  function gtag(){{dataLayer.push(arguments);}}
  gtag('js', new Date());
  gtag('config', '{id}');
</script>"""


@register.simple_tag
def shape(tone: str) -> str:
    """The icon of a tone; an unknown tone looks idle."""
    attributes: dict[str, Any] = {"class": "icon"}
    return heroicon_micro(SHAPES.get(tone, SHAPES["idle"]), **attributes)


@register.simple_tag
def actor_icon(kind: str) -> str:
    """The icon of who did something; none for an unknown kind. The name stands beside it."""
    attributes: dict[str, Any] = {"class": "icon"}
    return heroicon_micro(_ACTORS[kind], **attributes) if kind in _ACTORS else ""


@register.simple_tag
def moment(at: datetime | None, how: str = "ago", none: str = "never") -> SafeString:
    """A `<time>` for `at`: "ago", "clock" (with the day, unless it is today) or "full".

    In the viewer's own zone, which their browser has told (`ZoneMiddleware`), and named.
    """
    if at is None:
        return format_html('<span class="muted">{}</span>', none)
    here = timezone.localtime(at)
    full = formats.date_format(here, "j M Y, H:i T")
    today = here.date() == timezone.localdate()
    clock = formats.date_format(here, "H:i T" if today else "j M, H:i T")
    words = {"clock": clock, "full": full}.get(how) or naturaltime(at)
    return format_html(
        '<time datetime="{}" data-as="{}" title="{}">{}</time>', here.isoformat(), how, full, words
    )


@register.simple_block_tag
def pair(content: str, name: str, **attributes: str) -> SafeString:
    """A row of a `<dl>`: what it is called and what it says; `attributes` are its value's own."""
    return format_html("<div><dt>{}</dt><dd{}>{}</dd></div>", name, flatatt(attributes), content)


@register.simple_tag
def code_of(user: User) -> str:
    """Where the code comes from that a page asks this person for."""
    return second_steps.code_of(second_steps.kinds_of(user))


@register.simple_tag(takes_context=True)
def notices(context: Context, *part: object) -> list[Message]:
    """The messages for a part of this page, named as its id is; for its top without one."""
    name = "-".join(str(one) for one in part if one)
    request = context.get("request")
    return notices_for(request, name) if request else []


@register.simple_tag
def gtag_snippet(measurement_id: str) -> str:
    """Google's tag for a web stream, as text; empty for what is not a measurement id.

    The id is copied into a script that people put on their websites, so nothing
    that merely looks like one gets in.
    """
    if not _MEASUREMENT_ID.fullmatch(measurement_id or ""):
        return ""
    return _GTAG.format(id=measurement_id)


@register.simple_tag
def sparkline(values: Sequence[int], label: str) -> SafeString:
    """A line over `values` as SVG; `label` says in words what it shows."""
    width, height, pad = 300, 48, 3
    top = max([*values, 1])
    step = width / max(len(values) - 1, 1)
    places = [
        (round(number * step, 1), round(pad + (height - 2 * pad) * (1 - value / top), 1))
        for number, value in enumerate(values)
    ]
    line = " ".join(f"{x},{y}" for x, y in places)
    return format_html(
        '<svg class="spark" viewBox="0 0 {w} {h}" preserveAspectRatio="none" role="img" '
        'aria-label="{label}"><polygon class="spark-area" points="0,{h} {line} {w},{h}"/>'
        '<polyline class="spark-line" points="{line}"/></svg>',
        w=width,
        h=height,
        line=line,
        label=label,
    )


@register.simple_tag
def spark_rows(values: Sequence[int]) -> list[tuple[date, int]]:
    """The days behind a sparkline that ends today, newest first, days without any left out."""
    today = timezone.localdate()
    last = len(values) - 1
    rows = [(today - timedelta(days=last - place), count) for place, count in enumerate(values)]
    return [row for row in reversed(rows) if row[1]]


@register.simple_tag
def bar(value: int, pairs: Sequence[tuple[str, int]]) -> SafeString:
    """A bar for `value` beside the largest of `pairs`; the number stands next to it in words."""
    top = max([count for _, count in pairs] + [1])
    return format_html(
        '<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" '
        'focusable="false"><rect class="bar-ground" width="100" height="6"/>'
        '<rect class="bar-value" width="{}" height="6"/></svg>',
        round(100 * value / top, 1),
    )


@register.filter
def at_least(count: int, least: int) -> int:
    """The larger of the two."""
    return max(count, least)


@register.filter
def region_name(code: str) -> str:
    """The country's name, or the code where there is none."""
    return locales.region_name(code)


@register.filter
def address(email: str | None) -> str:
    """An e-mail address with the letters of its domain."""
    return email_address.shown(email or "")


@register.filter
def website(url: str | None) -> str:
    """A website's address with the letters of its host."""
    return website_url.shown(url or "")


@register.filter
def browser_name(user_agent: str) -> str:
    """Browser and system as people call them; what a browser says of itself is only a hint."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "A browser")
    system = next((f" on {name}" for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser}{system}"


@register.filter
def present_step(steps: Sequence[ShownStep]) -> ShownStep | None:
    """The step that somebody or something is at; None when all are done."""
    at = (StepState.CURRENT, StepState.STOPPED)
    return next((step for step in steps if step.state in at), None)
