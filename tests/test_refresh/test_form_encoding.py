"""What is sent as a form is the form that Python's own encoder writes."""

from urllib.parse import parse_qsl, urlencode

from hypothesis import example, given
from hypothesis import strategies as st

from tokens.google.transport import form_encoded

words = st.text(st.characters(codec="utf-8"), max_size=30)


@given(st.dictionaries(words, words, max_size=5))
@example({"refresh_token": "1//0g-emu-canary/+&=% ä", "grant/type": "refresh_token", "scope": ""})
def test_a_form_is_encoded_as_python_encodes_it(form: dict[str, str]) -> None:
    sent = form_encoded(form)
    assert sent == urlencode(form).encode()
    assert dict(parse_qsl(sent.decode(), keep_blank_values=True, max_num_fields=5)) == form
