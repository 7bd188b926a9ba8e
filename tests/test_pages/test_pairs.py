"""Rows of what is known, as `{% pair %}` writes them."""

from django.template import Context, Template


def test_a_name_and_what_it_says_are_text_and_what_the_template_says_is_markup() -> None:
    template = Template('{% pair name dir="auto" %}<b>{{ value }}</b>{% endpair %}')
    row = template.render(Context({"name": "<i>Name</i>", "value": "<script>"}))
    assert row == (
        '<div><dt>&lt;i&gt;Name&lt;/i&gt;</dt><dd dir="auto"><b>&lt;script&gt;</b></dd></div>'
    )
