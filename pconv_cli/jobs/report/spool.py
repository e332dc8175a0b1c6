"""Texts that are kept in a temporary file until a page is written, so that memory does not grow with their number."""

import tempfile
import threading
import weakref


class Spool:
    """Keeps texts by their names, from any thread; its file is gone with it, or once it is closed."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`, or, after Ctrl-C, with this object
        self._places: dict[tuple[str, str], tuple[int, int]] = {}
        self._lock = threading.Lock()
        weakref.finalize(self, self._file.close)

    def keep(self, kind: str, name: str, text: str) -> None:
        """Keep a text; it takes the place of an earlier one."""
        data = text.encode()
        with self._lock:
            self._places[kind, name] = self._file.seek(0, 2), len(data)
            self._file.write(data)

    def kept(self, kind: str, name: str) -> str:
        """Give a text; nothing where there is none."""
        with self._lock:
            if (kind, name) not in self._places:
                return ""
            place, length = self._places[kind, name]
            self._file.seek(place)
            return self._file.read(length).decode()

    def close(self) -> None:
        """Remove all that is kept."""
        self._file.close()
