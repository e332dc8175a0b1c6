"""An image and its mask, and whether they fit, by their headers."""

from dataclasses import dataclass
from pathlib import Path

from pconv_cli.errors import MaskError, option
from pconv_cli.files.images import read_header, read_size
from pconv_cli.files.limits import MAX_PIXELS
from pconv_cli.files.metadata.carried import Header


@dataclass(frozen=True)
class Pair:
    """An image and its mask.

    Attributes:
        name: POSIX path of the image, relative to the folder it was found in.
        image: The image file.
        mask: The mask file; None where the image's own alpha channel is the mask. Of a file of several pages,
            the mask of all pages that have none of their own, or the first of those.
        pages: Masks of single pages by their number, from 1; empty for all other files.
        size: (height, width) of the image by its header; zeros where that was not read.
    """

    name: str
    image: Path
    mask: Path | None
    pages: tuple[tuple[int, Path], ...] = ()
    size: tuple[int, int] = (0, 0)

    @property
    def pixels(self) -> int:
        """How many pixels the image has."""
        return self.size[0] * self.size[1]

    @property
    def masks(self) -> tuple[Path, ...]:
        """All mask files, each once."""
        own = () if self.mask is None else (self.mask,)
        return tuple(dict.fromkeys((*own, *(path for _, path in self.pages))))

    @property
    def shared_mask(self) -> Path | None:
        """Of a file of several pages, the mask of all that have none of their own."""
        return None if self.mask in dict(self.pages).values() else self.mask

    def mask_of_page(self, number: int, size: tuple[int, int], *, max_pixels: int = MAX_PIXELS) -> Path | None:
        """Give the mask of a page: its own, or that of all if it has the page's size; None: nothing is marked on it.

        Args:
            number: The page's, from 1.
            size: Its (height, width).
            max_pixels: The largest mask whose header is read.

        Raises:
            ImageError: The mask of all is damaged.
        """
        own, shared = dict(self.pages).get(number), self.shared_mask
        if own is not None or shared is None:
            return own
        return shared if read_size(shared, max_pixels=max_pixels) == size else None


def check_pair(pair: Pair, header: Header, headers: dict[Path, Header], max_pixels: int) -> str:
    """Raise where a pair does not fit; where it fits both as stored and as viewers turn it, give a sentence on that."""
    image, mask = pair.image, pair.mask
    if header.pages or pair.pages:
        _check_pages(pair, header, headers, max_pixels)
        return ""
    if mask is None:
        if not header.has_alpha:
            raise MaskError(f"{image}: has no alpha channel to serve as its mask; give masks as files")
        return ""
    if mask not in headers:  # one mask may serve thousands of images
        headers[mask] = read_header(mask, max_pixels=max_pixels)
    mask_header = headers[mask]
    if mask_header.size == header.size:
        turned_size = header.size if header.orientation < 5 else header.size[::-1]
        if header.orientation == mask_header.orientation or mask_header.size != turned_size:
            return ""
        return (
            f"{image}: viewers turn it (EXIF orientation {header.orientation}), but not its mask {mask} "
            f"(orientation {mask_header.orientation}); both are taken as they are stored (was the mask drawn on the "
            f"turned image? Then turn it by pconv masks convert {option('turn_for')})"
        )
    sizes = f"is {_shown(header)} and its mask {mask} {_shown(mask_header)}"
    if header.orientation >= 5 and mask_header.size == header.size[::-1]:
        raise MaskError(
            f"{image}: {sizes}; the mask fits the image as viewers turn it (EXIF orientation "
            f"{header.orientation}), and not as it is stored; turn it by pconv masks convert {option('turn_for')}"
        )
    raise MaskError(f"{image}: {sizes}; a mask must have the size of its image")


def _check_pages(pair: Pair, header: Header, headers: dict[Path, Header], max_pixels: int) -> None:
    """Raise where the masks of a file of several pages do not fit them."""
    image, sizes = pair.image, header.pages or (header.size,)
    if pair.mask is None:
        raise MaskError(f"{image}: has {len(sizes)} pages, whose masks have to be files")
    for path in pair.masks:
        if path not in headers:
            headers[path] = read_header(path, max_pixels=max_pixels)
    for number, path in pair.pages:
        if number > len(sizes):
            raise MaskError(f"{image}: has {len(sizes)} pages, and {path} is a mask of page {number}; rename it")
        size = sizes[number - 1]
        if headers[path].size != size:
            raise MaskError(
                f"{image}: its page {number} is {size[1]}x{size[0]} and its mask {path} {_shown(headers[path])}; a "
                "mask must have the size of its page"
            )
    shared = pair.shared_mask
    if shared is not None and headers[shared].size not in sizes:
        raise MaskError(f"{image}: its mask {shared} is {_shown(headers[shared])}, which none of its pages is")


def _shown(header: Header) -> str:
    return f"{header.size[1]}x{header.size[0]}"
