"""The skeleton of a page, written part by part, so that memory holds one part and not the page."""

import base64
import hashlib
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from pconv_cli import __version__
from pconv_cli.files.atomic import atomic_path
from pconv_cli.files.opening import open_regular
from pconv_cli.pages.markup import Html, element, escaped, joined

#: How much of a file is looked at to know a page of ours.
_HEAD = 512


def write_page(
    path: Path, kind: str, title: str, parts: Iterable[Html], *, script: str | None = "page.js", beside: bool = False
) -> None:
    """Write a page, whole or not at all.

    The page loads nothing: style and script stand in it, and its security policy allows images as data URIs alone and
    no script but its own, so that not even a fault in escaping could run one.

    Args:
        path: The file.
        kind: The command that writes it, such as ``pconv inpaint``; `is_page` knows it by this.
        title: Its title.
        parts: The parts below the title, one after the other.
        script: Its script's file in this room; None: it has none.
        beside: Let it show image files that lie beside it.

    Raises:
        OutputError: The file cannot be written.
    """
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_head(kind, title, script, "'self' file:" if beside else "data:"))
        file.writelines(parts)
        file.write(f"</main>\n<footer>{escaped(f'Made by {kind} {__version__}')}</footer>\n</body>\n</html>\n")


def is_page(path: Path, kind: str) -> bool:
    """Say whether a file is a page that `write_page` has written for ``kind``."""
    try:
        with open_regular(path) as file:
            return _mark(kind).encode() in file.read(_HEAD)
    except OSError:
        return False


def section(title: str, *children: str, **attributes: str) -> Html:
    """Make a part of a page, with its heading."""
    return joined(element("section", element("h2", title), *children, **attributes), "\n")


def facts(pairs: Iterable[tuple[str, str]]) -> Html:
    """List facts: words and their values."""
    return element("dl", *(element("div", element("dt", word), element("dd", value)) for word, value in pairs))


def data_uri(data: bytes, kind: str) -> Html:
    """Make an address of bytes of a media type, such as ``image/jpeg``."""
    return Html(f"data:{kind};base64,{base64.b64encode(data).decode()}")


def _mark(kind: str) -> str:
    return element("meta", name="generator", content=kind)


def _head(kind: str, title: str, script_name: str | None, images: str) -> str:
    style, script = _own("page.css"), "" if script_name is None else _own(script_name)
    policy = f"default-src 'none'; img-src {images}; style-src 'unsafe-inline'"
    policy += f"; script-src '{_hash(script)}'" if script else ""
    head = joined(
        Html('<meta charset="utf-8">\n'),
        Html(f"{_mark(kind)}\n"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        Html(f"\n<style>{style}</style>\n"),
        Html(f"<script>{script}</script>\n" if script else ""),
    )
    opened = f"<body>\n<header>{element('h1', title)}</header>\n<main>\n"
    return f'<!doctype html>\n<html lang="en">\n<head>\n{head}</head>\n{opened}'


def _own(name: str) -> str:
    return (files("pconv_cli.pages") / name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"
