"""The restored file of an image signed on its way, between the read-back of its samples and its place."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pconv_cli.errors import ImageError, OutputError, option
from pconv_cli.files.atomic import before_moving, scratch_path
from pconv_cli.files.formats import SIGNED_FORMATS, ImageFormat
from pconv_cli.files.metadata.provenance import Provenance, SourceType
from pconv_cli.files.signing.claim import Claim
from pconv_cli.files.signing.credentials import Credentials, read_credentials
from pconv_cli.files.signing.signature import check_by_trial, sign
from pconv_cli.jobs.images.open_image import OpenImage
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.targets import RestoreJob

#: Bytes of the largest file read in windows that is signed: the library holds it in memory.
MOST_BYTES = 1 << 30


def credentials_of(options: InpaintOptions) -> Credentials | None:
    """Read who signs the files of a run, and try it; None: nobody.

    Raises:
        UsageError: See `read_credentials` and `check_by_trial`.
    """
    if options.c2pa_cert is None or options.c2pa_key is None:
        return None
    credentials = read_credentials(options.c2pa_cert, options.c2pa_key)
    trial = Provenance(SourceType.CLASSICAL, "pconv", "trial", 0.0, "")
    check_by_trial(credentials, Claim("trial", "trial", trial))
    return credentials


def check_can_be_signed(image: OpenImage) -> None:
    """Check, before an image is filled, that its file can be signed in the format that it is written in.

    Raises:
        ImageError: It cannot.
    """
    path, kind = image.pair.image, image.format
    if kind not in SIGNED_FORMATS:
        raise ImageError(
            f"{path}: is written as {kind.value}, which holds no C2PA manifest; write another format "
            f"({option('format')}), or leave out {option('c2pa_cert')}"
        )
    if image.is_windowed and (kind is not ImageFormat.TIFF or path.stat().st_size > MOST_BYTES):
        raise ImageError(
            f"{path}: is restored in windows, and signing would hold the whole of it in memory; leave out "
            f"{option('c2pa_cert')}, and sign it by another program"
        )


@contextmanager
def signed(job: RestoreJob, image: OpenImage, said: Provenance, credentials: Credentials | None) -> Iterator[None]:
    """Sign the restored file of an image that is written inside this block, before it moves into place.

    Args:
        job: The image.
        image: The same, open and filled.
        said: How it was restored.
        credentials: Who signs; None: nobody. Nor is an image without a hole signed, of which nothing was restored.

    Raises:
        OutputError: It cannot be signed, or is not the same once it is.
    """
    source, kind = job.pair.image, image.format
    if credentials is None or not image.has_holes or not isinstance(kind, ImageFormat):
        yield
        return
    claim = Claim(job.target.name, source.name, said)

    def step(written: Path) -> None:
        with scratch_path(written.parent, written.suffix) as unsigned:
            written.replace(unsigned)
            try:
                sign(unsigned, written, source, kind, claim, credentials)
            except OutputError as error:
                raise OutputError(
                    f"{job.target}: not written, since it could not be signed ({error}); write another format "
                    f"({option('format')}), or leave out {option('c2pa_cert')}"
                ) from error

    with before_moving(job.target, step):
        yield
