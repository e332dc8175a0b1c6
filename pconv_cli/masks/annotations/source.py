"""An annotation file opened once: its bytes, and what they parse to, within bounds."""

from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from pconv_cli.errors import MaskError
from pconv_cli.files.json_text import DEEPEST, TooDeep, parse_json

#: The largest annotation file that is read whole.
LARGEST = 256 << 20


class AnnotationFile:
    """One annotation file.

    Args:
        path: The file.

    Raises:
        MaskError: It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if not path.is_file():
                raise MaskError(f"{path}: is not a file; name an annotation file or a folder of them")
        except OSError as error:
            raise self._unreadable(error) from error

    @cached_property
    def data(self) -> bytes:
        """The file's bytes.

        Raises:
            MaskError: It cannot be read, or is too large.
        """
        try:
            if self.path.stat().st_size > LARGEST:
                raise MaskError(f"{self.path}: is larger than {LARGEST >> 20} MiB, the limit for annotations; split it")
            return self.path.read_bytes()
        except OSError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: OSError) -> MaskError:
        reason = (error.strerror or str(error)).lower()
        return MaskError(f"{self.path}: cannot be read ({reason}); check the path and its permissions")

    @cached_property
    def json(self) -> Any:
        """The file as JSON; None where it does not begin as JSON does.

        Raises:
            MaskError: It begins as JSON and is damaged or nested too deeply.
        """
        start = self.data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
        if start not in (b"{", b"["):
            return None
        try:
            return parse_json(self.data.decode("utf-8-sig"))
        except TooDeep:
            raise MaskError(
                f"{self.path}: is JSON nested more than {DEEPEST} levels deep, which is not read; export the "
                "annotations in another format"
            ) from None
        except ValueError as error:
            raise MaskError(f"{self.path}: is broken JSON ({error}); export it again, or copy the whole file") from None

    @cached_property
    def xml(self) -> ElementTree.Element | None:
        """The root of the file as XML; None where it does not begin as XML does.

        Entities that blow up are stopped by the parser, and none is fetched from elsewhere.

        Raises:
            MaskError: It begins as XML and is damaged.
        """
        if not self.data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
            return None
        return self.parsed_xml(self.data)

    def parsed_xml(self, text: bytes | str) -> ElementTree.Element:
        """Parse XML that stands in this file.

        Raises:
            MaskError: It is damaged.
        """
        try:
            return ElementTree.fromstring(text)
        except (ElementTree.ParseError, ValueError, LookupError, RecursionError) as error:  # LookupError: an encoding
            raise MaskError(f"{self.path}: is not whole XML ({error}); export it again") from None

    def needs(self, package: str, extra: str) -> MaskError:
        """Say which extra reads this kind of file."""
        return MaskError(f"{self.path}: needs the package {package} to be read; pip install 'pconv-cli[{extra}]'")
