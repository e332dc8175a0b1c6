"""The files of weights that LPIPS and FID stand on: where they are found, and fetched from on request."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pconv_cli.core import cache
from pconv_cli.core.vgg_file import VGG16_URL
from pconv_cli.errors import ModelError, option


@dataclass(frozen=True)
class Backbone:
    """A file of weights with a public home.

    Attributes:
        what: Its name in messages.
        field: The option that names a copy.
        url: Its home; see `pconv_cli.core.cache.download`.
        size: The size of the download, for messages.
    """

    what: str
    field: str
    url: str
    size: str

    def find(self, path: Path | None, *, download: bool) -> Path:
        """Find the file: ``path``, else the one in the cache, else download it there where that is allowed.

        Raises:
            ModelError: There is none, with the ways to get it; or the download fails, or its checksum is wrong.
        """
        if path is not None:
            if not path.is_file():
                raise ModelError(f"{path}: no such file; {option(self.field)} names a file with {self.what}")
            return path
        kept = cache.cached(self.url)
        if kept.is_file():
            return kept
        if not download:
            raise ModelError(
                f"{self.what} are not at hand: name a copy of {kept.name} by {option(self.field)} PATH, or add "
                f"{option('download')} to fetch them once ({self.size} from {self.url})"
            )
        return cache.download(self.url, self.what, option(self.field), progress=False)


ALEXNET = Backbone(
    "AlexNet's weights for LPIPS",
    "lpips_weights",
    "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
    "233 MB",
)
VGG16 = Backbone("VGG16's weights", "vgg", VGG16_URL, "528 MB")
INCEPTION = Backbone(
    "Inception's weights for FID and the Inception score",
    "fid_weights",
    "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
    "91 MB",
)


def lpips_heads(network: str) -> Path:
    """Find the linear weights of LPIPS 0.1 that come with torchmetrics, without importing it.

    Args:
        network: ``alex`` or ``vgg``.

    Raises:
        ModelError: torchmetrics is not installed.
    """
    spec = find_spec("torchmetrics")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        file = Path(place, "functional", "image", "lpips_models", f"{network}.pth")
        if file.is_file():
            return file
    raise ModelError("LPIPS's linear weights come with torchmetrics: pip install 'pconv-cli[metrics]'")
