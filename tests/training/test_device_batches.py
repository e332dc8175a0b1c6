"""Batches of the device are a function of seed and number."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch

from pconv_cli.files.finding.find import find_images
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.training.data.augmentation import jitter_colours, rotate
from pconv_cli.training.data.batches import ImageStore
from pconv_cli.training.data.device_batches import DeviceBatches, DeviceMasks, _jittered, _rotated, _Variation
from pconv_cli.training.data.masks import MaskSource

from .loaded import CPU, same
from .sittings import trained_in_one_and_two_sittings


def device_batches(images, seed=0, augmentation="crop", room=10**9, **source):
    store = ImageStore(find_images(images), 128, 0, print)
    masks = MaskSource(32, seed=seed, bank=6, **source)
    return DeviceBatches(store, masks, CPU, room, crop=32, batch=4, augmentation=augmentation, seed=seed)


@pytest.mark.parametrize("augmentation", ["crop", "icme"])
def test_batches_of_the_device_are_a_function_of_seed_and_number(images, augmentation):
    one, other = (device_batches(images, augmentation=augmentation) for _ in range(2))
    late = other[5]
    assert same(one[5], late)
    assert not torch.equal(one[4].truth, one[5].truth)
    assert not torch.equal(device_batches(images, seed=1)[5].mask, late.mask)
    assert same(device_batches(images, augmentation=augmentation, room=0)[5], late)  # kept or read again
    assert all(same(batch, one[number]) for number, batch in enumerate(other.ahead(range(3), workers=2)))
    assert late.truth.shape == (4, 3, 32, 32)
    assert late.mask.shape == (4, 1, 32, 32)
    assert 0 <= late.truth.min() < late.truth.max() <= 1
    assert set(late.mask.unique().tolist()) == {0.0, 1.0}


def test_a_crop_on_the_device_is_that_of_the_processor(tmp_path):
    """The same square at the same scale: on a smooth image the two ways of scaling agree within 3 of 255."""
    rows, columns = np.mgrid[0:90, 0:120]
    ramp = np.stack([rows * 2.5, columns * 2.0, 255 - rows - columns], 2).clip(0, 255)
    cv2.imwrite(str(tmp_path / "ramp.png"), ramp.astype(np.uint8))
    store = ImageStore(find_images(tmp_path), 128, 0, print)
    masks = MaskSource(32, bank=2)
    batches = DeviceBatches(store, masks, CPU, 10**9, crop=32, batch=8, augmentation="crop", seed=0)
    from pconv_cli.training.data.augmentation import random_crop

    truth = batches[0].truth * 255
    for sample in range(8):
        wanted = random_crop(store[0], 32, np.random.default_rng([0, 1, sample])).transpose(2, 0, 1)
        assert np.abs(truth[sample].numpy() - wanted).max() < 3


def test_colours_on_the_device_vary_as_on_the_processor():
    """By the same factors, within rounding to 8 bits."""
    image = np.random.default_rng(0).integers(40, 200, (16, 16, 3), dtype=np.uint8)
    for factors in ((1.2, 1.0, 1.0), (1.0, 0.7, 1.0), (1.0, 1.0, 0.5), (0.8, 1.1, 1.2)):
        reported = SimpleNamespace(uniform=lambda low, high, count, factors=factors: np.array(factors))
        wanted = jitter_colours(image, reported)
        truth = torch.from_numpy(image.transpose(2, 0, 1).copy())[None].float() / 255
        got = _jittered(truth, [_Variation(0.0, *factors)])[0].permute(1, 2, 0) * 255
        assert np.abs(got.numpy() - wanted).max() <= 1


def test_images_turn_on_the_device_as_on_the_processor():
    """By the same angle, which each counts its own way round; away from the edges, where the two mirror otherwise."""
    rows, columns = np.mgrid[0:48, 0:48]
    image = np.stack([4 * rows, 4 * columns, 100 + rows - columns], 2).astype(np.uint8)
    for degrees in (-20.0, 15.0):
        wanted = rotate(image, SimpleNamespace(uniform=lambda low, high, degrees=degrees: degrees))
        truth = torch.from_numpy(image.transpose(2, 0, 1).copy())[None].float() / 255
        got = _rotated(truth, [_Variation(np.deg2rad(-degrees), 1, 1, 1)])[0].permute(1, 2, 0) * 255
        inner = np.s_[14:34, 14:34]
        assert np.abs(got.numpy()[inner] - wanted[inner]).max() <= 3
        assert np.abs(wanted[inner].astype(int) - image[inner]).max() > 10


def test_each_sample_is_turned_and_coloured_by_numbers_of_its_own(images):
    plain, varied = (device_batches(images, augmentation=kind)[0].truth for kind in ("crop", "icme"))
    difference = (plain[0] - varied[0]).abs()  # the first crop is the same; what follows draws other numbers
    assert 0.005 < difference.mean() < 0.3


def test_masks_that_keep_clear_of_the_border_are_not_rolled_over_it_on_the_device():
    masks = MaskSource(32, bank=8)
    bank = DeviceMasks(masks, CPU, 32)
    chosen = [bank.choose(np.random.default_rng(seed)) for seed in range(40)]
    kept, rolled = [], []
    for choice, mask in zip(chosen, bank.taken(chosen)[:, 0], strict=True):
        number = choice[0]
        lies_as_it_did = any(np.array_equal(turned, mask.numpy() > 0) for turned in turns(masks.member(number)))
        (rolled if masks.may_be_rolled(number) else kept).append(lies_as_it_did)
    assert kept
    assert all(kept)
    assert not all(rolled)


def turns(mask):
    return [np.rot90(side, times) for side in (mask, mask.T) for times in range(4)]


def test_masks_from_files_reach_the_device_whole(images, tmp_path):
    mask = np.ones((64, 64), bool)
    mask[20:44, 20:44] = False
    write_mask(tmp_path / "m.png", mask)
    batch = device_batches(images, folder=tmp_path)[0]
    assert set(batch.mask.unique().tolist()) == {0.0, 1.0}
    assert all(0 < m.mean() < 1 for m in batch.mask)


def test_a_run_on_device_batches_resumes_bit_by_bit(tiny, recorder, tmp_path):
    given = {"loader": "device", "augmentation": "icme", "accumulate": 2, "steps": 5}
    trained_in_one_and_two_sittings(lambda out: tiny(**given, out=out), recorder, tmp_path, 2)
