"""Batches, masks and augmentation: pure functions of seed and step, of the right shapes and values."""

import cv2
import numpy as np
import pytest
import torch

from pconv_cli.errors import NothingToDo, UsageError
from pconv_cli.files.finding.find import find_images
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.masks.ratios import border_margin, hole_ratio
from pconv_cli.training.data.augmentation import augment, centre_crop, jitter_colours, random_crop, rotate
from pconv_cli.training.data.batches import ImageStore, TrainingBatches, validation_batches
from pconv_cli.training.data.masks import MaskSource
from pconv_cli.training.data.splitting import split_images


def batches(images, seed=0, crop=32, batch=3, augmentation="crop", **source):
    store = ImageStore(find_images(images), 128, 10**9, print)
    masks = MaskSource(crop, seed=seed, **source)
    return TrainingBatches(store, masks, crop=crop, batch=batch, augmentation=augmentation, seed=seed)


def test_a_batch_is_a_function_of_seed_and_step(images):
    one, other = batches(images), batches(images)
    asked_late = other[7]
    for step in (3, 0, 7):
        wanted = one[step]
        got = other[step] if step != 7 else asked_late
        assert torch.equal(wanted.truth, got.truth)
        assert torch.equal(wanted.mask, got.mask)
    assert not torch.equal(one[3].truth, one[4].truth)
    assert not torch.equal(batches(images, seed=1)[3].mask, one[3].mask)


def test_batches_ahead_are_the_same_in_order(images):
    source = batches(images)
    ahead = list(source.ahead(range(2, 16, 2), workers=3))
    assert len(ahead) == 7
    for step, batch in zip(range(2, 16, 2), ahead, strict=True):
        assert torch.equal(batch.truth, source[step].truth)


def test_values_and_shapes(images):
    truth, mask, known = batches(images)[0]
    assert known is None
    assert truth.shape == (3, 3, 32, 32)
    assert mask.shape == (3, 1, 32, 32)
    assert 0 <= truth.min() < truth.max() <= 1
    assert set(mask.unique().tolist()) == {0.0, 1.0}
    assert all(0 < m.mean() < 1 for m in mask)


def test_every_image_is_seen_once_before_any_is_seen_twice(images):
    source = batches(images, batch=5)
    for epoch in range(3):
        seen = [source._image(number) for number in range(10 * epoch, 10 * epoch + 10)]
        assert sorted(seen) == list(range(10))


def test_the_split_holds_out_and_is_the_same_each_time(images):
    train, held_out = split_images(images, 0.2, 0)
    assert (len(train), len(held_out)) == (8, 2)
    assert not set(train) & set(held_out)
    assert split_images(images, 0.2, 0) == (train, held_out)
    assert split_images(images, 0.2, 1) != (train, held_out)
    assert split_images(images, 0, 0)[1] == []
    assert len(split_images(images, 0.99, 0)[0]) == 1


def test_too_few_images(tmp_path):
    with pytest.raises(NothingToDo, match="holds no image to train on"):
        split_images(tmp_path, 0.05, 0)
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((8, 8, 3), np.uint8))
    words = "holds one image to train on, and `validation` 0.05 would leave none; add {}, or hold none out by"
    with pytest.raises(NothingToDo, match=words.format("images")):
        split_images(tmp_path, 0.05, 0)
    with pytest.raises(NothingToDo, match=words.format("masks")):
        split_images(tmp_path, 0.05, 0, [tmp_path / "a.png"])


def test_images_that_cannot_be_read_are_named_once_and_the_next_takes_their_place(tmp_path):
    warnings = []
    (tmp_path / "a.png").write_bytes(b"no image")
    with pytest.raises(NothingToDo, match=r"no image can be learnt from; the first: .*a.png"):
        ImageStore(find_images(tmp_path), 64, 0, warnings.append)[0]
    cv2.imwrite(str(tmp_path / "b.png"), np.full((8, 8, 3), 7, np.uint8))
    store = ImageStore(find_images(tmp_path), 64, 0, warnings.append)
    assert (store[0] == 7).all()
    assert (store[0] == store[1]).all()
    assert len(warnings) == 2  # one a store
    assert all("a.png" in warning for warning in warnings)


def test_memory_is_not_used_beyond_its_room(images):
    paths = find_images(images)
    none, all_of_them = ImageStore(paths, 128, 0, print), ImageStore(paths, 128, 10**9, print)
    assert all(np.array_equal(none[i], all_of_them[i]) for i in range(10))
    assert none[3] is not none[3]
    assert all_of_them[3] is all_of_them[3]


def test_large_images_are_kept_reduced(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((200, 300, 3), np.uint8))
    assert ImageStore(find_images(tmp_path), 64, 10**9, print)[0].shape == (64, 96, 3)


def test_validation_is_the_same_each_time(images):
    def make():
        store = ImageStore(find_images(images), 128, 10**9, print)
        return validation_batches(store, MaskSource(32), crop=32, batch=4, count=6)

    one, other = make(), make()
    assert [len(b.truth) for b in one] == [4, 2]
    assert all(torch.equal(a.truth, b.truth) and torch.equal(a.mask, b.mask) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("kind", ["all", "mixed", "randomwalk", "cracks", "occlusion"])
def test_masks_are_drawn_in_all_ratios_with_and_without_the_border(kind):
    source = MaskSource(64, kind=kind)
    masks = [source.draw(np.random.default_rng(i)) for i in range(60)]
    ratios = [hole_ratio(m) for m in masks]
    assert min(ratios) > 0.01
    assert max(ratios) < 0.6
    assert max(ratios) - min(ratios) > 0.3
    margin = border_margin((64, 64))
    inside = [m[margin:-margin, margin:-margin].sum() + m.size - (64 - 2 * margin) ** 2 == m.sum() for m in masks]
    assert 10 < sum(inside) < 50


def test_masks_from_files_are_cropped_or_enlarged_without_grey(tmp_path):
    mask = np.ones((20, 90), bool)
    mask[5:15, :60:3] = False
    write_mask(tmp_path / "m.png", mask)
    drawn = MaskSource(32, folder=tmp_path).draw(np.random.default_rng(0))
    assert drawn.shape == (32, 32)
    assert drawn.dtype == np.bool_
    assert 0 < drawn.mean() < 1


def test_mask_folders_and_kinds_of_no_use(tmp_path):
    with pytest.raises(NothingToDo, match="no mask found"):
        MaskSource(32, folder=tmp_path)
    with pytest.raises(UsageError, match=r"`mask_kind` clouds: no such type; one of randomwalk,"):
        MaskSource(32, kind="clouds")
    write_mask(tmp_path / "m.png", np.ones((40, 40), bool))
    with pytest.raises(UsageError, match="check that they are masks"):
        MaskSource(32, folder=tmp_path).draw(np.random.default_rng(0))


def ramp(height, width):
    return np.linspace(0, 255, height * width * 3).reshape(height, width, 3).astype(np.uint8)


@pytest.mark.parametrize("size", [(16, 16), (16, 50), (70, 33), (32, 32), (10, 12)])
def test_crops_have_their_size_whatever_the_images(size):
    for seed in range(10):
        rng = np.random.default_rng(seed)
        assert random_crop(ramp(*size), 32, rng).shape == (32, 32, 3)
        assert augment(ramp(*size), 32, "icme", rng).shape == (32, 32, 3)
    assert centre_crop(ramp(*size), 32).shape == (32, 32, 3)


def test_crops_come_at_several_scales_and_both_ways_round():
    image = np.repeat(np.repeat(np.arange(128, dtype=np.uint8)[None, :, None], 128, 0), 3, 2)
    slopes = []
    for seed in range(60):
        row = random_crop(image, 32, np.random.default_rng(seed))[16, :, 0].astype(float)
        slopes.append(np.polyfit(np.arange(32), row, 1)[0])
    assert any(slope < 0 for slope in slopes)
    assert np.isclose(np.abs(slopes), 1, atol=0.05).sum() > 15  # at the image's own scale
    assert np.max(np.abs(slopes)) > 2.5  # nearly the whole image, whose slope would be 4


def test_jitter_and_rotation_vary_and_keep_the_kind():
    image = ramp(40, 40)
    for change in (jitter_colours, rotate):
        changed = change(image, np.random.default_rng(0))
        assert changed.shape == image.shape
        assert changed.dtype == np.uint8
        assert not np.array_equal(changed, image)
        assert np.array_equal(changed, change(image, np.random.default_rng(0)))
