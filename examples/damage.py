"""Paint the holes of masks into pictures, in the grey-white of bare plaster, so that there is damage to look at.

python examples/damage.py PICTURES MASKS OUT
"""

import sys
from pathlib import Path

import numpy as np

from pconv_cli.errors import PconvError
from pconv_cli.files.finding.pairing import pair_with_masks
from pconv_cli.files.images import read_picture, write_picture
from pconv_cli.files.masks.codec import read_mask

PLASTER = (0.86, 0.85, 0.82)


def main(pictures: Path, masks: Path, out: Path) -> None:
    """Write a damaged copy of every picture that has a mask."""
    pairing = pair_with_masks(pictures, masks)
    for pair in pairing.pairs:
        assert pair.mask is not None
        picture = read_picture(pair.picture)
        bare = np.broadcast_to(np.array(PLASTER, np.float32), (*picture.size, 3))
        target = out / pair.name
        target.parent.mkdir(parents=True, exist_ok=True)
        write_picture(target, picture.with_holes_filled(bare, read_mask(pair.mask)))
    print(f"{len(pairing.pairs)} damaged pictures in {out}")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("python examples/damage.py PICTURES MASKS OUT")
    try:
        main(*map(Path, sys.argv[1:]))
    except PconvError as error:
        sys.exit(f"error: {error}")
