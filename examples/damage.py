"""Paint the holes of masks into images, in the grey-white of bare plaster, so that there is damage to look at.

python examples/damage.py IMAGES MASKS OUT
"""

import sys
from pathlib import Path

import numpy as np

from pconv_cli.errors import PconvError
from pconv_cli.files.finding.pairing import pair_with_masks
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.masks.codec import read_mask

PLASTER = (0.86, 0.85, 0.82)


def main(images: Path, masks: Path, out: Path) -> None:
    """Write a damaged copy of every image that has a mask."""
    pairing = pair_with_masks(images, masks)
    for pair in pairing.pairs:
        assert pair.mask is not None
        image = read_image(pair.image)
        bare = np.broadcast_to(np.array(PLASTER, np.float32), (*image.size, 3))
        target = out / pair.name
        target.parent.mkdir(parents=True, exist_ok=True)
        write_image(target, image.with_holes_filled(bare, read_mask(pair.mask)))
    print(f"{len(pairing.pairs)} damaged images in {out}")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("python examples/damage.py IMAGES MASKS OUT")
    try:
        main(*map(Path, sys.argv[1:]))
    except PconvError as error:
        sys.exit(f"error: {error}")
