import numpy as np

from pconv_cli.files.samples import LONGEST_SIDE, sample_images


def test_samples_are_8_bit_rgb_of_a_handy_size() -> None:
    samples = sample_images()
    assert list(samples) == ["astronaut", "chelsea", "coffee", "hubble", "retina", "rocket"]
    for image in samples.values():
        assert image.dtype == np.uint8
        assert image.ndim == 3
        assert image.shape[2] == 3
        assert 300 <= max(image.shape) <= LONGEST_SIDE
        assert image.std() > 20  # an image, not a blank
