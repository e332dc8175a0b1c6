import numpy as np

from pconv_cli.files.samples import LONGEST_SIDE, sample_pictures


def test_samples_are_8_bit_rgb_of_a_handy_size() -> None:
    samples = sample_pictures()
    assert list(samples) == ["astronaut", "chelsea", "coffee", "hubble", "retina", "rocket"]
    for picture in samples.values():
        assert picture.dtype == np.uint8
        assert picture.ndim == 3
        assert picture.shape[2] == 3
        assert 300 <= max(picture.shape) <= LONGEST_SIDE
        assert picture.std() > 20  # a picture, not a blank
