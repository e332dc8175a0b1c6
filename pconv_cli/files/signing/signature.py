"""A file signed, and looked at again: its signature by the library's reader, its samples by pconv's own decoders.

No server is contacted: no timestamp, no revocation list, no manifest that is kept elsewhere.
"""

import hashlib
import io
import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pconv_cli.errors import OutputError, PconvError, UsageError, option
from pconv_cli.files.formats import SIGNED_FORMATS, ImageFormat, ReadOnly
from pconv_cli.files.images import read_format, read_image
from pconv_cli.files.limits import MAX_SCAN_PIXELS
from pconv_cli.files.opening import open_regular
from pconv_cli.files.signing.claim import Claim, ingredient_of, manifest_of
from pconv_cli.files.signing.credentials import Credentials

if TYPE_CHECKING:  # an optional package
    from c2pa import Builder, Context

#: States of a file whose signature fits it; whether its signer is trusted is the reader's matter.
_FITS = ("Valid", "Trusted")

_SETTINGS = {
    "version": 1,
    "builder": {"thumbnail": {"enabled": False}},  # which would show the damaged image, and make files grow
    "core": {"backing_store_memory_threshold_in_mb": 16},  # by which a file is held once, and not twice
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
}


def sign(source: Path, signed: Path, parent: Path, kind: ImageFormat, claim: Claim, credentials: Credentials) -> None:
    """Write a signed copy of a file, and check it.

    Args:
        source: The file.
        signed: The copy.
        parent: The file that it was made of, whose own manifest becomes part of the new one. Where the library does
            not read it (BMP, a damaged manifest ...), its name alone is claimed.
        kind: The format of both copies, one of `SIGNED_FORMATS`.
        claim: What is claimed.
        credentials: Who signs.

    Raises:
        OutputError: It cannot be signed, its signature does not fit, or its samples are not those of the source; the
            message names no file.
        OSError: A file cannot be read or written.
    """
    own = _media_type(parent)
    with ExitStack() as files:
        before, after = files.enter_context(source.open("rb")), files.enter_context(signed.open("w+b"))
        origin = files.enter_context(open_regular(parent)) if own in SIGNED_FORMATS.values() else None
        _sign(before, after, origin, own, SIGNED_FORMATS[kind], claim, credentials)
        after.seek(0)
        _check_signature(after, SIGNED_FORMATS[kind])
    if _digest(source, kind) != _digest(signed, kind):
        raise OutputError("its samples are not the same once it is signed")


def check_by_trial(credentials: Credentials, claim: Claim) -> None:
    """Sign an image of one pixel in memory, by which it shows whether the library takes a certificate.

    Raises:
        UsageError: It does not.
    """
    from PIL import Image

    image, signed = io.BytesIO(), io.BytesIO()
    Image.new("L", (1, 1)).save(image, "PNG")
    try:
        image.seek(0)
        _sign(image, signed, None, "image/png", "image/png", claim, credentials)
        signed.seek(0)
        _check_signature(signed, "image/png")
    except OutputError as error:
        raise UsageError(
            f"{option('c2pa_cert')}: nothing can be signed with this certificate ({error}); it has to follow C2PA's "
            "profile: see docs/conservation.md"
        ) from error


def _sign(
    source: BinaryIO,
    signed: BinaryIO,
    parent: BinaryIO | None,
    parent_kind: str,
    kind: str,
    claim: Claim,
    credentials: Credentials,
) -> None:
    import c2pa

    manifest, ingredient = manifest_of(claim), ingredient_of(claim, parent_kind)
    info = c2pa.C2paSignerInfo(credentials.algorithm.encode(), credentials.chain, credentials.key, None)
    try:
        with c2pa.Signer.from_info(info) as signer, ExitStack() as stack:
            builder = stack.enter_context(c2pa.Builder(manifest, _context()))
            if not _added(builder, ingredient, parent):
                named = {**manifest, "ingredients": [ingredient]}
                builder = stack.enter_context(c2pa.Builder(named, _context()))
            builder.sign(signer, kind, source, signed)
    except c2pa.C2paError as error:
        raise OutputError(_reason(error)) from error


def _added(builder: "Builder", ingredient: dict[str, str], parent: BinaryIO | None) -> bool:
    """Add an ingredient by its file, and say whether the library could read that."""
    import c2pa

    if parent is None:
        return False
    try:
        builder.add_ingredient(json.dumps(ingredient), ingredient["format"], parent)
    except c2pa.C2paError:
        return False
    return True


def _check_signature(signed: BinaryIO, kind: str) -> None:
    """Check that a signature is there and fits its file; that nobody vouches for its signer is no failure of it."""
    import c2pa

    try:
        with c2pa.Reader(kind, signed, context=_context()) as reader:
            found: dict[str, Any] = json.loads(reader.json())
    except c2pa.C2paError as error:
        raise OutputError(_reason(error)) from error
    if found.get("validation_state") not in _FITS:
        codes = ", ".join(str(one.get("code")) for one in found.get("validation_status", ()))
        raise OutputError(f"its signature does not fit it: {codes or found.get('validation_state')}")


def _context() -> "Context":
    import c2pa

    return c2pa.Context(c2pa.Settings.from_dict(_SETTINGS))


def _media_type(path: Path) -> str:
    """The media type of a file, by its content."""
    try:
        kind = read_format(path)
    except PconvError:  # it was read before, and says so if it is another by now
        return "application/octet-stream"
    return f"image/{kind.value}" if isinstance(kind, ReadOnly) else SIGNED_FORMATS.get(kind, f"image/{kind.value}")


def _digest(path: Path, kind: ImageFormat) -> str:
    """The samples of a file in a few digits: decoded; of a TIFF, all its pages and levels, as they are coded."""
    if kind is ImageFormat.TIFF:
        from pconv_cli.files.tiff.page import digest_of_pages

        return digest_of_pages(path)
    stored = read_image(path, max_pixels=MAX_SCAN_PIXELS)
    return hashlib.sha256(
        f"{stored.samples.shape} {stored.samples.dtype}".encode() + stored.samples.tobytes()
    ).hexdigest()


def _reason(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
