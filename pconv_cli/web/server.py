"""The page's server: for this machine alone, for who has the address with its token, and for nothing but two folders.

It listens on the loopback interface. Every address lies below a random token, so nothing else on the machine can guess
one; a request must name this server as its host, so that no name elsewhere can be pointed here, and, where it says
which page it comes from, that must be this one. Files are served from a fixed list, images by number. Bodies are
small JSON.
"""

import hmac
import json
import secrets
from collections.abc import Callable
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any

from pconv_cli.errors import FileError, PconvError, UsageError, is_out_of_memory, option
from pconv_cli.files.json_text import parse_json
from pconv_cli.web.api import Api, NotFound, Reply

#: The largest body of a request, in bytes.
LARGEST_BODY = 4 << 20

# What is served as it is.
_STATIC = {
    "": ("index.html", "text/html; charset=utf-8"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
    "editor.css": ("editor.css", "text/css; charset=utf-8"),
    **{
        f"{name}.js": (f"{name}.js", "text/javascript; charset=utf-8")
        for name in ("editor", "fills", "page", "requests", "tools", "view", "words")
    },
}

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class MaskServer(ThreadingHTTPServer):
    """Serves the mask page on the loopback interface.

    Args:
        api: What answers.
        port: The port; 0: any that is free.

    Raises:
        UsageError: The port cannot be opened.
    """

    daemon_threads = True

    def __init__(self, api: Api, port: int = 0) -> None:
        self.api = api
        self.token = secrets.token_urlsafe(24)
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except (OSError, OverflowError) as error:
            raise UsageError(
                f"{option('port')} {port}: cannot be opened ({error}); choose another, or 0 for any"
            ) from error

    @cached_property
    def hosts(self) -> frozenset[str]:
        """What a request may call this server."""
        return frozenset(f"{name}:{self.server_address[1]}" for name in ("127.0.0.1", "localhost"))

    @property
    def address(self) -> str:
        """The address to open."""
        return f"http://127.0.0.1:{self.server_address[1]}/{self.token}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that went away in the middle."""


class _Handler(BaseHTTPRequestHandler):
    server: MaskServer
    server_version, sys_version = "pconv", ""
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds that a connection may keep silent

    def do_GET(self) -> None:
        """Answer a request that changes nothing."""
        self._answer(self._get)

    def do_POST(self) -> None:
        """Answer a request with a body."""
        self._answer(self._post)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the terminal for what the user asked for."""

    def _answer(self, find: Callable[[list[str]], Reply]) -> None:
        try:
            parts = self._parts()
            reply = Reply(404, json={"error": "there is nothing here"}) if parts is None else find(parts)
        except NotFound as error:
            reply = Reply(404, json={"error": str(error)})
        except UsageError as error:
            reply = Reply(400, json={"error": str(error)})
        except FileError as error:
            reply = Reply(409, json={"error": str(error)})
        except PconvError as error:
            reply = Reply(500, json={"error": str(error)})
        except Exception as error:  # whatever one request meets, the page goes on
            memory = "memory ran out; zoom in, or close other programs"
            words = memory if is_out_of_memory(error) else f"{type(error).__name__}: {error}"
            reply = Reply(500, json={"error": words})
        self._send(reply)

    def _parts(self) -> list[str] | None:
        """The parts of the path behind the token; None where the request is not from this page's user."""
        path = self.path.partition("?")[0]
        if not path.startswith("/") or self.headers.get("Host", "") not in self.server.hosts:
            return None
        token, _, rest = path[1:].partition("/")
        if not hmac.compare_digest(token.encode(), self.server.token.encode()):
            return None
        origin = self.headers.get("Origin")
        if origin is not None and origin.removeprefix("http://") not in self.server.hosts:
            return None
        return rest.split("/")

    def _get(self, parts: list[str]) -> Reply:
        api = self.server.api
        match parts:
            case [name] if name in _STATIC:
                file, kind = _STATIC[name]
                return Reply(body=files("pconv_cli.web").joinpath("static", file).read_bytes(), kind=kind)
            case ["images"]:
                return api.images()
            case ["image", number]:
                return api.image(number)
            case ["tile", number, zoom, column, row]:
                return api.tile(number, zoom, column, row)
            case ["mask", number, zoom, column, row]:
                return api.mask(number, zoom, column, row)
            case _:
                raise NotFound("there is nothing here")

    def _post(self, parts: list[str]) -> Reply:
        match parts:
            case ["image", number, "step" | "fill" | "save" as what]:
                do: Callable[[str, dict[str, Any]], Reply] = getattr(self.server.api, what)
                return do(number, self._body())
            case _:
                raise NotFound("there is nothing here")

    def _body(self) -> dict[str, Any]:
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Content-Type") != "application/json" or not length.isdecimal():
            raise UsageError("a request's body must be JSON of a stated length")
        if len(length) > len(str(LARGEST_BODY)) or int(length) > LARGEST_BODY:
            self.close_connection = True
            raise UsageError("the request is too large")
        try:
            body = parse_json(self.rfile.read(int(length)))
        except ValueError:
            raise UsageError("the request is not JSON") from None
        if not isinstance(body, dict):
            raise UsageError("the request is not a JSON object")
        return body

    def _send(self, reply: Reply) -> None:
        body = reply.body if reply.json is None else json.dumps(reply.json).encode()
        self.send_response(reply.status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if reply.status >= 400:  # a body may stand unread
            self.send_header("Connection", "close")
            self.close_connection = True
        if reply.status != 204:
            self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if reply.status != 204:
            self.wfile.write(body)
