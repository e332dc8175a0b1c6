"""Training on a GPU: nothing on the wrong device, one wait a step, few operations."""

import cv2
import numpy as np
import pytest
import torch

from pconv_cli.core.vgg import VGG16Features
from pconv_cli.core.weights import load_weights
from pconv_cli.files.finding.find import find_images
from pconv_cli.training import run as training_run
from pconv_cli.training import trainer
from pconv_cli.training.data.batches import ImageStore
from pconv_cli.training.data.device_batches import DeviceBatches
from pconv_cli.training.data.masks import MaskSource
from pconv_cli.training.learner import Learner
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.records.report import SilentObserver


@pytest.fixture
def run(tmp_path, monkeypatch, narrow_vgg):
    """Train a tiny network for three steps with all terms; the losses, and what each step asked of the GPU."""
    data = tmp_path / "data"
    data.mkdir()
    rng = np.random.default_rng(0)
    for number in range(4):
        image = cv2.resize(rng.integers(0, 256, (4, 5, 3), dtype=np.uint8), (40, 36 + 8 * number))
        cv2.imwrite(str(data / f"{number}.png"), image)
    torch.manual_seed(0)
    torch.save(VGG16Features().state_dict(), tmp_path / "vgg.pth")
    # A GPU's tensors can be pickled, those of a pretended one cannot.
    monkeypatch.setattr(training_run, "save_state", lambda folder, state: None)

    def train(gpu=None, **given):
        losses, steps = [], []
        learn = Learner.learn

        def noted(self, batches, spent):
            if gpu is not None:
                gpu.operations.clear()
                gpu.waits.clear()
            result = learn(self, batches, spent)
            losses.append(result.loss)
            if gpu is not None:
                steps.append((list(gpu.operations), dict(gpu.waits)))
            return result

        with monkeypatch.context() as patched:
            patched.setattr(Learner, "learn", noted)
            recipe = {
                "width": 4,
                "depth": 3,
                "crop": 32,
                "batch": 2,
                "base": "pyramid",
                "ssim_weight": 1.0,
                "clip": 1.0,
            }
            recipe |= {"steps": 3, "finetune_steps": 1, "validation": 0.3, "mask_bank": 3, "loader": "device"}
            recipe |= {"device": "cpu", "precision": "float32", "vgg": tmp_path / "vgg.pth"}
            options = TrainOptions(
                data=data, out=tmp_path / f"run{len(list(tmp_path.iterdir()))}", **{**recipe, **given}
            )
            report = trainer.train(options, SilentObserver())
        assert np.isfinite(list(report.validation.values())).all()
        load_weights(report.weights)  # reads as any other
        return losses, steps

    return train


VARIANTS = [
    {},
    {"base": "none", "augmentation": "icme"},
    {"loader": "threads", "accumulate": 2},
    {"precision": "float16"},
]


@pytest.mark.parametrize("given", VARIANTS)
def test_a_gpu_learns_what_the_processor_learns_and_is_waited_for_once_a_step(run, gpu, given):
    losses, steps = run(gpu, device="cuda:0", **given)
    with torch.utils._python_dispatch._disable_current_modes():
        # Half precision itself cannot be pretended.
        assert losses == pytest.approx(run(**{**given, "precision": "float32"})[0], rel=1e-3)
    assert [waits for _, waits in steps] == [{"reconstruction.py:step (copy)": 1}] * 3


def test_convolutions_get_channels_last_and_weights_move_in_few_operations(run, gpu):
    _, steps = run(gpu, device="cuda:0")
    for operations, _ in steps:
        convolutions = [o for o in operations if o.name == "aten.convolution.default" and o.groups == 1]
        assert all(o.last for o in convolutions)
        names = [o.name for o in operations]
        for name in ("aten._fused_adam_.default", "aten._foreach_lerp_.Scalar", "aten._foreach_copy_.default"):
            assert names.count(name) == 1


def test_a_batch_on_the_device_costs_few_operations_and_no_wait(tmp_path, gpu):
    """An image takes its crop, and two more at another scale; all else is done for all of them at once."""
    rng = np.random.default_rng(0)
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"{number}.png"), rng.integers(0, 256, (48, 50, 3), dtype=np.uint8))
    store = ImageStore(find_images(tmp_path), 128, 0, print)
    counts = []
    for batch in (8, 16):
        recipe = {"crop": 32, "batch": batch, "augmentation": "icme", "seed": 0}
        batches = DeviceBatches(store, MaskSource(32, bank=2), torch.device("cuda:0"), 10**9, **recipe)
        _ = batches[0], batches[1]  # all images and masks are there now
        gpu.operations.clear()
        gpu.waits.clear()
        made = batches[2]
        assert isinstance(made.truth, torch.Tensor)
        assert made.truth.device == made.mask.device == torch.device("cuda:0")
        assert not gpu.waits
        counts.append(len(gpu.operations))
    assert counts[1] - counts[0] <= 3 * 8
    assert counts[0] < 100


@pytest.mark.parametrize(
    ("name", "precision"), [("sn-patch", "float32"), ("global-local", "float32"), ("sn-patch", "float16")]
)
def test_a_discriminator_learns_on_the_gpu_as_well_and_costs_no_further_wait(run, gpu, name, precision):
    """In float16 each side scales its own loss; half precision itself cannot be pretended."""
    given = {"adversarial": name, "adversarial_width": 2, "adversarial_r1": 1.0}
    losses, steps = run(gpu, device="cuda:0", precision=precision, **given)
    with torch.utils._python_dispatch._disable_current_modes():
        assert losses == pytest.approx(run(**given)[0], rel=1e-3)
    assert [waits for _, waits in steps] == [{"adversarial.py:step (copy)": 1}] * 3
