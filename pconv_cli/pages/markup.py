"""HTML put together from elements; text is escaped unless it is known to be HTML.

Not Jinja2: here types are checked, every attribute is quoted, and odd bytes of file names can be written.
"""

import html


class Html(str):
    """Text that is HTML already, as `element` gives it."""

    __slots__ = ()


def escaped(text: str) -> Html:
    """Escape text for HTML, in an attribute too. What UTF-8 cannot hold (odd bytes of file names) becomes ``?``."""
    if isinstance(text, Html):
        return text
    return Html(html.escape(text.encode("utf-8", "replace").decode("utf-8"), quote=True))


def element(name: str, /, *children: str, **attributes: str | int | float | bool | None) -> Html:
    """Make an element with its attributes and children.

    Args:
        name: Its tag.
        children: Its content, escaped where it is no `Html`.
        attributes: By name; underscores stand for hyphens, and one at the end for none (``class_``). True is an
            attribute without a value, None and False are left out.
    """
    tag = name
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        word = key.removesuffix("_").replace("_", "-")
        text = value if isinstance(value, str) else str(value)  # what is HTML already stays as it is
        tag += f" {word}" if value is True else f' {word}="{escaped(text)}"'
    if name in _VOID:
        return Html(f"<{tag}>")
    return Html(f"<{tag}>{joined(*children)}</{name}>")


def joined(*parts: str) -> Html:
    """Join parts one after the other."""
    return Html("".join(map(escaped, parts)))


_VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})
