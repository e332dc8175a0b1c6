"""Images that are damaged themselves: nothing of the damage is ever learnt, and without any all is as ever."""

import gc
import json
import math
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pconv_cli import LossWeights, load_weights
from pconv_cli.core.losses import InpaintingLoss
from pconv_cli.errors import ImageError, Interrupted, MaskError, NothingToDo, UsageError
from pconv_cli.files.images import write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.files.stored import StoredImage
from pconv_cli.training.data.augmentation import resized, rotate
from pconv_cli.training.data.batches import Batch, to_batch
from pconv_cli.training.data.damage import ENOUGH_KNOWN, DamagedFolder, draw_sample, known_of, name_of, with_damage
from pconv_cli.training.data.masks import MaskSource
from pconv_cli.training.presets import Phase, Preset
from pconv_cli.training.records.validation import validate
from pconv_cli.training.resolving import resolve_options
from pconv_cli.training.trainer import resume, train


def blot(size, seed):
    """A mask with a third of it damaged, in blocks; True = known."""
    coarse = np.random.default_rng(seed).random((5, 5)) > 0.35
    return cv2.resize(coarse.astype(np.uint8), size[::-1], interpolation=cv2.INTER_NEAREST).astype(bool)


def copy_damaged(images, folder, masks, value):
    """The images with ``value`` in their damage, and their masks."""
    for number, path in enumerate(sorted(images.iterdir())):
        rgb = cv2.imread(str(path))
        known = blot(rgb.shape[:2], number)
        rgb[~known] = value
        folder.mkdir(exist_ok=True)
        cv2.imwrite(str(folder / path.name), rgb)
        write_mask(masks / path.name, known)
    return folder


def weights_of(report):
    return load_weights(report.weights).state_dict()


def same_states(a, b):
    return all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("augmentation", ["crop", "icme"])
def test_what_stands_in_the_damage_changes_no_bit_of_a_run(tiny, recorder, images, tmp_path, augmentation):
    """Losses, validation and weights, through reading, scaling, turning, jitter, network and loss."""
    seen = []
    for value in (0, 255):
        data = copy_damaged(images, tmp_path / f"in{value}", tmp_path / "m", value)
        observer = recorder()
        more = {"augmentation": augmentation, "ssim_weight": 1.0, "steps": 4, "out": tmp_path / f"run{value}"}
        report = train(tiny(data=data, damage=tmp_path / "m", **more), observer)
        seen.append((observer.losses, observer.validations, weights_of(report)))
    assert seen[0][:2] == seen[1][:2]
    assert same_states(seen[0][2], seen[1][2])


def test_without_damage_a_run_is_the_ordinary_one_bit_for_bit(tiny, recorder, images, tmp_path):
    for path in images.iterdir():
        write_mask(tmp_path / "m" / path.name, np.ones(cv2.imread(str(path)).shape[:2], bool))
    ordinary, damaged = recorder(), recorder()
    given = {"augmentation": "icme", "ssim_weight": 1.0, "steps": 4}
    one = train(tiny(**given, out=tmp_path / "a"), ordinary)
    other = train(tiny(**given, out=tmp_path / "b", damage=tmp_path / "m"), damaged)
    assert ordinary.losses == damaged.losses
    assert ordinary.validations == damaged.validations
    assert same_states(weights_of(one), weights_of(other))


def test_a_run_on_damaged_images_resumes_exactly(tiny, recorder, images, tmp_path):
    data = copy_damaged(images, tmp_path / "in", tmp_path / "m", 255)

    def stop():
        raise Interrupted("now")

    given = {"data": data, "damage": tmp_path / "m", "save_every": 2, "steps": 4}
    whole, first, second = recorder(), recorder(2, stop), recorder()
    train(tiny(**given, out=tmp_path / "whole"), whole)
    with pytest.raises(Interrupted):
        train(tiny(**given, out=tmp_path / "parts"), first)
    resume(tmp_path / "parts", {"damage": tmp_path / "m"}, observer=second)
    assert whole.losses[second.first[0] :] == second.losses


@settings(max_examples=40)
@given(
    side=st.integers(5, 40),
    width=st.integers(4, 90),
    seed=st.integers(0, 10**6),
    turned=st.booleans(),
)
def test_a_pixel_is_known_only_if_all_that_it_is_made_from_is(side, width, seed, turned):
    rng = np.random.default_rng(seed)
    known = rng.random((side, side)) > 0.1
    one = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
    other = np.where(known[..., None], one, 255 - one)
    results = []
    for rgb in (one, other):
        image = np.dstack([rgb, np.where(known, 0, 255).astype(np.uint8)])
        results.append(rotate(image, np.random.default_rng(seed)) if turned else resized(image, width, width))
        plain = rotate(rgb, np.random.default_rng(seed)) if turned else resized(rgb, width, width)
        assert np.array_equal(results[-1][..., :3], plain)
    kept = known_of(results[0])
    assert np.array_equal(kept, known_of(results[1]))
    assert np.array_equal(results[0][kept], results[1][kept])


def test_reading_forgets_the_damage_and_takes_the_masks_as_inpaint_does(tmp_path):
    rgb = np.full((12, 12, 3), 200, np.uint8)
    rgb[2:6, 2:6] = 0
    (tmp_path / "in" / "sub").mkdir(parents=True)
    image = tmp_path / "in" / "sub" / "a.png"
    cv2.imwrite(str(image), rgb)
    known = np.ones((12, 12), bool)
    known[2:6, 2:6] = False
    write_mask(tmp_path / "m" / "sub" / "a_mask.png", known)
    read = DamagedFolder(tmp_path / "in", tmp_path / "m").read(image)
    assert np.array_equal(known_of(read), known)
    assert (read[..., :3] == 200).all()
    black = DamagedFolder(tmp_path / "in", tmp_path / "m", polarity=Polarity.BLACK).read(image)
    assert np.array_equal(known_of(black), ~known)
    grown = DamagedFolder(tmp_path / "in", tmp_path / "m", grow=1).read(image)
    assert (~known_of(grown)).sum() > 16
    cv2.imwrite(str(image), np.dstack([rgb, np.where(known, 255, 0)]).astype(np.uint8))
    assert np.array_equal(known_of(DamagedFolder(tmp_path / "in", "alpha").read(image)), known)
    write_mask(tmp_path / "m" / "sub" / "a_mask.png", np.zeros((12, 12), bool))
    with pytest.raises(MaskError, match=r"a\.png: its mask leaves no pixel to learn from"):
        DamagedFolder(tmp_path / "in", tmp_path / "m").read(image)


def test_images_without_a_mask_are_named_and_left_out(tiny, recorder, images, tmp_path):
    data = copy_damaged(images, tmp_path / "in", tmp_path / "m", 0)
    (tmp_path / "m" / "p4.png").unlink()
    observer = recorder()
    report = train(tiny(data=data, damage=tmp_path / "m", steps=1), observer)
    assert report.exit_code == 3
    assert "p4.png: no mask in" in observer.warnings[0]
    assert observer.first[2] == 7  # of nine with masks, two are held out
    with pytest.raises(NothingToDo, match="none of its images can be trained on"):
        DamagedFolder(images, (tmp_path / "empty").mkdir() or tmp_path / "empty")


def test_crops_are_drawn_where_enough_is_known():
    known = np.zeros((64, 256), bool)
    known[:, 160:] = True
    known[::9, ::9] = True
    image = with_damage(np.full((64, 256, 3), 9, np.uint8), known)
    masks = MaskSource(32, kind="rectangles")
    shares = []
    for seed in range(30):
        crop, mask = draw_sample(image, masks, 32, "crop", np.random.default_rng(seed))
        shares.append(known_of(crop).mean())
        assert (known_of(crop) & ~mask).any()
    assert np.mean(np.array(shares) >= ENOUGH_KNOWN) > 0.9


def test_a_batch_knows_what_is_known_and_its_mask_has_both_holes():
    known = np.ones((2, 2), bool)
    known[0, 0] = False
    mask = np.array([[True, False], [True, True]])
    truth, valid, k = to_batch([with_damage(np.full((2, 2, 3), 51, np.uint8), known)], [mask])
    assert k is not None
    assert k[0, 0].tolist() == [[0, 1], [1, 1]]
    assert valid[0, 0].tolist() == [[0, 0], [1, 1]]
    assert truth.unique().tolist() == pytest.approx([0.2])


def test_validation_measures_what_is_known_alone():
    truth = torch.zeros(1, 3, 16, 16)
    truth[..., :4, :] = 0.9  # damaged: whatever stands there
    known, mask = torch.ones(1, 1, 16, 16), torch.ones(1, 1, 16, 16)
    known[..., :4, :] = 0
    mask[..., :8, :] = 0  # four rows damaged, four hole, eight valid
    loss = InpaintingLoss(LossWeights(perceptual=0, style=0))
    figures = validate(lambda x, m: torch.full_like(x, 0.1), loss, [Batch(truth, mask, known)], torch.device("cpu"))
    assert figures["hole_l1"] == pytest.approx(0.1)
    assert figures["psnr"] == pytest.approx(-10 * math.log10(0.01 * 4 / 12))
    assert figures["loss_hole"] == pytest.approx(0.1 * 4 / 12)
    assert figures["loss_valid"] == pytest.approx(0.1 * 8 / 12)


def test_damage_and_weights_to_start_from_bring_a_recipe_of_fine_tuning():
    said = {"data": Path("d"), "damage": Path("m"), "init": "photo"}
    options = resolve_options(None, said)
    assert [plan.phase.value for plan in options.phases] == ["finetune"]
    assert (options.finetune_learning_rate, options.crop, options.perceptual_weight) == (2e-4, 128, 0)
    assert resolve_options(None, {**said, "crop": 160, "steps": 9}).crop == 160
    assert resolve_options(Preset.PAPER, said).crop == 512
    assert resolve_options(None, {"data": Path("d"), "damage": Path("m")}).crop == 512  # from scratch


@pytest.mark.parametrize(
    ("preset", "given", "words"),
    [
        (Preset.DAMAGED, {"init": "photo", "learning_rate": 1e-3}, "use `finetune_learning_rate`, or `phase` both"),
        (Preset.DAMAGED, {}, "`preset` damaged only fine-tunes, from trained weights: name them by `init`"),
    ],
)
def test_what_the_recipe_leaves_out_is_reported_without_options_that_nobody_typed(preset, given, words):
    with pytest.raises(UsageError, match=words) as raised:
        resolve_options(preset, {"data": Path("d"), "damage": Path("m"), **given})
    assert "`phase` finetune" not in str(raised.value)


def test_a_phase_by_name_takes_the_place_of_the_recipes():
    said = {"data": Path("d"), "damage": Path("m"), "init": "photo", "phase": Phase.BOTH, "steps": 9}
    assert [plan.length for plan in resolve_options(None, said).phases] == [7, 2]


@pytest.mark.parametrize("given", [{"polarity": Polarity.BLACK}, {"threshold": 9}, {"dilate": 2}])
def test_options_about_damage_ask_for_it(given):
    with pytest.raises(UsageError, match=r"belongs to the masks of `damage`"):
        resolve_options(Preset.PAPER, {"data": Path("d"), **given})


def test_colours_stay_where_nothing_is_damaged():
    rgb = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    assert np.array_equal(with_damage(rgb, np.ones((9, 7), bool))[..., :3], rgb)


def test_a_path_that_is_not_there(images, tmp_path):
    with pytest.raises(UsageError, match=r"`damage` .*nowhere: there is no such file or folder"):
        DamagedFolder(images, tmp_path / "nowhere")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
def test_a_pipe_is_no_damage_and_the_option_is_named(images, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match=r"`damage` .*pipe: there is no such file or folder of masks"):
        DamagedFolder(images, tmp_path / "pipe")


def book(path, sizes):
    """A TIFF with a grey page of each size, of which all pixels have the page's tone but for a white corner."""
    path.parent.mkdir(exist_ok=True)
    with tifffile.TiffWriter(path) as file:
        for index, size in enumerate(sizes):
            page = np.full((*size, 3), 40 * index + 40, np.uint8)
            page[:9, :9] = 255
            file.write(page, photometric="rgb", metadata=None)


def corner(size):
    known = np.ones(size, bool)
    known[:9, :9] = False
    return known


def test_pages_with_a_mask_are_learnt_from_as_images_of_their_own(tmp_path):
    sizes = [(48, 64), (40, 64), (48, 64), (30, 30)]
    book(tmp_path / "in/book.tif", sizes)
    write_mask(tmp_path / "m/book.png", corner((48, 64)))
    write_mask(tmp_path / "m/book_page2.png", np.ones((40, 64), bool))
    damaged = DamagedFolder(tmp_path / "in", tmp_path / "m")
    assert [name_of(one, tmp_path / "in") for one in damaged.sources] == [f"book.tif, page {n}" for n in (1, 2, 3)]
    for number, source in enumerate(damaged.sources):
        image = damaged.read(source)
        assert image.shape == (*sizes[number], 4)
        assert (known_of(image) == (corner(sizes[number]) if number != 1 else True)).all()
        assert (image[20, 20, :3] == 40 * number + 40).all()


@pytest.mark.parametrize("loader", ["threads", "processes"])
def test_a_run_learns_from_pages(tiny, tmp_path, loader):
    book(tmp_path / "in/book.tif", [(48, 64)] * 4)
    write_mask(tmp_path / "m/book.png", corner((48, 64)))
    report = train(tiny(data=tmp_path / "in", damage=tmp_path / "m", loader=loader, steps=2, out=tmp_path / "run"))
    assert (report.exit_code, report.steps) == (0, 2)


def test_cmyk_is_learnt_from_as_srgb(tmp_path):
    (tmp_path / "in").mkdir()
    Image.new("CMYK", (64, 48), (0, 255, 255, 0)).save(tmp_path / "in/a.jpg")
    write_mask(tmp_path / "m/a.png", corner((48, 64)))
    damaged = DamagedFolder(tmp_path / "in", tmp_path / "m")
    red, green, blue = damaged.read(tmp_path / "in/a.jpg")[20, 20, :3]
    assert red > 200 > 60 > max(green, blue)


def test_what_shows_nothing_is_damage(tmp_path):
    samples = np.full((48, 64), 900, np.float32)
    samples[30:] = -9999
    samples[:, 40:] = 950
    (tmp_path / "in").mkdir()
    no_data = [(42113, "s", 0, "-9999", True)]
    tifffile.imwrite(tmp_path / "in/a.tif", samples, metadata=None, extratags=no_data)
    write_mask(tmp_path / "m/a.png", corner((48, 64)))
    damaged = DamagedFolder(tmp_path / "in", tmp_path / "m")
    assert np.array_equal(known_of(damaged.read(tmp_path / "in/a.tif")), corner((48, 64)) & (samples > 0))
    tifffile.imwrite(tmp_path / "in/a.tif", np.full_like(samples, -9999), metadata=None, extratags=no_data)
    with pytest.raises(ImageError, match=r"a\.tif: shows nothing outside its mask .*; leave it out"):
        damaged.read(tmp_path / "in/a.tif")


def annotate(path, image, size):
    """A LabelMe file that marks the corner."""
    path.parent.mkdir(exist_ok=True)
    shape = {"label": "loss", "points": [[0, 0], [8, 8]], "shape_type": "rectangle"}
    said = {"shapes": [shape], "imagePath": image, "imageHeight": size[0], "imageWidth": size[1]}
    path.write_text(json.dumps(said), "utf-8")


def test_annotations_stand_in_for_masks(tmp_path):
    for name in "abc":
        write_image(tmp_path / f"in/{name}.png", StoredImage(np.full((48, 64, 3), 90, np.uint8)))
    annotate(tmp_path / "m/a.json", "a.png", (48, 64))
    annotate(tmp_path / "m/b.json", "b.png", (20, 20))
    warnings = []
    damaged = DamagedFolder(tmp_path / "in", tmp_path / "m", warn=warnings.append)
    assert damaged.sources == [tmp_path / "in/a.png"]
    assert np.array_equal(known_of(damaged.read(tmp_path / "in/a.png")), corner((48, 64)))
    drawn = damaged._masks[tmp_path / "in/a.png"]
    assert drawn.is_file()
    assert warnings[0].startswith("b.json: ")
    assert warnings[1:] == [
        f"{name}.png: has no annotation in {tmp_path / 'm'} that can be drawn; annotate it, or leave it out"
        for name in "bc"
    ]
    del damaged
    gc.collect()
    assert not drawn.exists()
    with pytest.raises(UsageError, match="`threshold`: has no meaning with annotations"):
        DamagedFolder(tmp_path / "in", tmp_path / "m", threshold=9)


def test_a_warning_names_the_folder_of_the_annotations_and_not_where_they_are_drawn(tmp_path):
    (tmp_path / "in").mkdir()
    turned = Image.Exif()
    turned[274] = 3
    Image.new("RGB", (64, 48)).save(tmp_path / "in/a.jpg", exif=turned)
    annotate(tmp_path / "notes/a.json", "a.jpg", (48, 64))
    warnings = []
    drawn = DamagedFolder(tmp_path / "in", tmp_path / "notes", warn=warnings.append)
    (warning,) = warnings
    assert f"but not its mask {tmp_path / 'notes/a.png'} (orientation 1)" in warning
    assert str(drawn._masks[tmp_path / "in/a.jpg"].parent) not in warning


def test_a_run_on_annotated_images_is_that_on_their_masks_and_resumes(tiny, recorder, images, tmp_path):
    sizes = {path.name: cv2.imread(str(path)).shape[:2] for path in images.iterdir()}
    for name, size in sizes.items():
        annotate(tmp_path / f"notes/{name}.json", name, size)
        write_mask(tmp_path / "m" / name, corner(size))

    def stop():
        raise Interrupted("now")

    given = {"data": images, "steps": 4, "save_every": 2}
    drawn, first, second = recorder(), recorder(2, stop), recorder()
    train(tiny(**given, damage=tmp_path / "m", out=tmp_path / "one"), drawn)
    with pytest.raises(Interrupted):
        train(tiny(**given, damage=tmp_path / "notes", out=tmp_path / "other"), first)
    assert resume(tmp_path / "other", {}, second).exit_code == 0
    assert drawn.losses[second.first[0] :] == second.losses
