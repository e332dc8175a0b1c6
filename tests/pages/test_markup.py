from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from pconv_cli.pages.markup import Html, element, escaped, joined


class Reader(HTMLParser):
    """What a browser would make of HTML: the tags with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_no_text_is_ever_markup(text: str) -> None:
    read = Reader(element("p", text, title=text))
    assert read.tags == [("p", {"title": text})]
    assert read.text == text


def test_names_of_odd_bytes_can_be_written() -> None:
    name = b"caf\xe9.png".decode("utf-8", "surrogateescape")
    assert escaped(name).encode("utf-8") == b"caf?.png"


def test_what_is_html_already_stays() -> None:
    assert element("p", Html("<b>x</b>"), "<b>") == "<p><b>x</b>&lt;b&gt;</p>"
    assert joined("&", Html("&amp;")) == "&amp;&amp;"
    link = element("a", href=Html("?a=1&amp;b=2"), title="?a=1&b=2")
    assert link == '<a href="?a=1&amp;b=2" title="?a=1&amp;b=2"></a>'


def test_attributes() -> None:
    html = element(
        "input", type="range", aria_label="a", class_="b", data_for="c", selected=False, hidden=True, id=None
    )
    assert html == '<input type="range" aria-label="a" class="b" data-for="c" hidden>'
