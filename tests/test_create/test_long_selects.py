"""Lists of hundreds of options are written as Django writes them, only faster."""

import pytest
from django import forms
from django.template.loader import render_to_string
from django.test.html import parse_html

from accounts.values.locales import regions, time_zones
from provisioning.requests.forms import RequestForm
from provisioning.requests.widgets import LongSelect

TRICKY = [("", "None of them"), ("a&b", "<b>A & B</b>"), ('"c"', "C's")]


@pytest.mark.parametrize("chosen", ["", "a&b", '"c"', "unknown", None])
def test_it_writes_what_djangos_own_select_writes(chosen: str | None) -> None:
    attrs = {"id": "id_zone", "required": True, "aria-describedby": "x", "autofocus": False}
    ours, djangos = (
        kind(choices=TRICKY, attrs={"class": "wide"}).render("zone", chosen, attrs)
        for kind in (LongSelect, forms.Select)
    )
    assert parse_html(ours) == parse_html(djangos)


def test_a_choice_is_marked_in_its_own_form_only() -> None:
    class Zones(forms.Form):
        zone = forms.ChoiceField(choices=time_zones, widget=LongSelect)

    assert str(Zones(initial={"zone": "Europe/Berlin"})).count(" selected") == 1
    assert str(Zones()).count(" selected") == 0


def test_a_request_offers_every_zone_and_region() -> None:
    form = RequestForm(connections=[])
    html = render_to_string("django/forms/field.html", {"field": form["time_zone"]})
    # Besides them the line that asks to choose one.
    assert html.count("<option") - 1 == len(time_zones()) > 400
    assert str(form["region_code"]).count("<option") - 1 == len(regions()) > 200
