"""LPIPS, Inception, FID and the Inception score on networks of random weights, against arithmetic written out."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torch.nn import functional as F

from pconv_cli.errors import FileError, ModelError
from pconv_cli.evaluation.evaluator import EvalOptions, evaluate, evaluate_jobs
from pconv_cli.evaluation.metrics import backbones, networks
from pconv_cli.evaluation.metrics.backbones import ALEXNET, INCEPTION, lpips_heads
from pconv_cli.evaluation.metrics.fid import frechet_distance, inception_score
from pconv_cli.evaluation.metrics.inception import Inception, resized
from pconv_cli.evaluation.metrics.lpips import LPIPS, whole_and_regions
from pconv_cli.evaluation.metrics.names import Metric
from pconv_cli.evaluation.scoring import ScoringJob, load_or_error
from pconv_cli.files.images import read_image
from pconv_cli.progress import Silent

# By torchvision's numbers: whether a pooling comes before a level, and its convolutions with stride and padding.
LEVELS = {
    "alex": [
        (False, [(0, 4, 2)]), (True, [(3, 1, 2)]), (True, [(6, 1, 1)]), (False, [(8, 1, 1)]), (False, [(10, 1, 1)]),
    ],
    "vgg": [
        (False, [(0, 1, 1), (2, 1, 1)]), (True, [(5, 1, 1), (7, 1, 1)]), (True, [(10, 1, 1), (12, 1, 1), (14, 1, 1)]),
        (True, [(17, 1, 1), (19, 1, 1), (21, 1, 1)]), (True, [(24, 1, 1), (26, 1, 1), (28, 1, 1)]),
    ],
}  # fmt: skip


@pytest.fixture(scope="module", params=["alex", "vgg"])
def backbone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A file as torchvision has it, with classifier weights that LPIPS does not look at."""
    torch.manual_seed(0)
    own = {name: value for name, value in LPIPS(request.param).state_dict().items() if name.startswith("features")}
    path = tmp_path_factory.mktemp("weights") / f"{request.param}.pth"
    torch.save(own | {"classifier.1.weight": torch.zeros(2, 2)}, path)
    return request.param, path


def by_hand(network: str, path: Path, a: torch.Tensor, b: torch.Tensor) -> list[torch.Tensor]:
    weights, heads = (torch.load(file, map_location="cpu") for file in (path, lpips_heads(network)))
    shift, scale = torch.tensor([-0.030, -0.088, -0.188]), torch.tensor([0.458, 0.448, 0.450])
    x = torch.cat([a, b]) * 2 - 1
    x = (x - shift[:, None, None]) / scale[:, None, None]
    found = []
    for level, (pool, convolutions) in enumerate(LEVELS[network]):
        if pool:
            x = F.max_pool2d(x, 3 if network == "alex" else 2, 2)
        for number, stride, padding in convolutions:
            w, bias = (weights[f"features.{number}.{kind}"] for kind in ("weight", "bias"))
            x = F.relu(F.conv2d(x, w, bias, stride, padding))
        one, two = F.normalize(x, dim=1, eps=0).nan_to_num().chunk(2)
        found.append(F.conv2d((one - two) ** 2, heads[f"lin{level}.model.1.weight"]))
    return found


def test_lpips_is_the_sum_over_layers(backbone: tuple[str, Path]) -> None:
    network, path = backbone
    a, b = torch.rand(2, 3, 40, 47), torch.rand(2, 3, 40, 47)
    regions = torch.zeros(2, 2, 40, 47)
    regions[:, 0, 5:20, 7:30] = 1
    got = whole_and_regions(LPIPS.load(network, path)(a, b), regions)
    levels = by_hand(network, path, a, b)
    assert got[:, 0] == pytest.approx(sum(level.mean((1, 2, 3)) for level in levels).numpy(), rel=1e-4)
    full = sum(F.interpolate(level, (40, 47), mode="bilinear") for level in levels)
    assert got[:, 1] == pytest.approx(full[:, 0, 5:20, 7:30].mean((1, 2)).numpy(), rel=1e-4)
    assert got[:, 2].isnan().all()


def test_foreign_and_short_files(tmp_path: Path) -> None:
    torch.manual_seed(0)
    own = LPIPS("vgg").state_dict()
    short = {name: own[name] for name in own if name.startswith("features.") and int(name.split(".")[1]) < 17}
    torch.save(short, tmp_path / "pool3.pth")
    with pytest.raises(
        ModelError, match=r"pool3\.pth: has no features\.17\.weight; LPIPS needs the original file, whole"
    ):
        LPIPS.load("vgg", tmp_path / "pool3.pth")
    with pytest.raises(ModelError, match="belongs to another network"):
        LPIPS.load("alex", _saved(tmp_path / "a.pth", own))
    (tmp_path / "text.pth").write_text("no weights")
    with pytest.raises(ModelError, match=r"text\.pth: cannot be read as weights"):
        Inception.load(tmp_path / "text.pth")
    with pytest.raises(ModelError, match=r"none\.pth: no such file; `fid_weights` names"):
        INCEPTION.find(tmp_path / "none.pth", download=False)


def _saved(path: Path, state: dict[str, torch.Tensor]) -> Path:
    torch.save(state, path)
    return path


def test_no_heads_without_torchmetrics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbones, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"pip install 'pconv-cli\[metrics\]'"):
        lpips_heads("alex")


def test_downloads_only_on_request_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    asked = []

    def download(url: str, place: str, hash_prefix: str, progress: bool) -> None:
        asked.append((url, hash_prefix))
        Path(place).write_bytes(b"weights")

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    with pytest.raises(ModelError, match="add `download` to fetch them once"):
        ALEXNET.find(None, download=False)
    assert asked == []
    found = ALEXNET.find(None, download=True)
    assert found == ALEXNET.find(None, download=False)
    assert found.read_bytes() == b"weights"
    assert asked == [(ALEXNET.url, "7be5be79")]

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("invalid hash value")

    monkeypatch.setattr(torch.hub, "download_url_to_file", broken)
    with pytest.raises(ModelError, match=r"cannot be downloaded \(invalid hash value\): fetch .*6726825d"):
        INCEPTION.find(None, download=True)


@pytest.mark.parametrize(("n", "m", "d"), [(60, 50, 12), (40, 30, 40), (9, 20, 30)])
def test_frechet_distance_by_the_root_of_a_matrix(n: int, m: int, d: int) -> None:
    rng = np.random.default_rng(n)
    a, b = rng.normal(size=(n, d)), rng.normal(0.4, 1.3, (m, d))
    s, t = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(s + t - 2 * sqrtm(s @ t).real)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(a, b[:1]) is None


def test_inception_score_by_hand() -> None:
    even, sure = np.zeros((4, 4)), 100 * np.eye(4)
    assert inception_score(even) == pytest.approx(1)
    assert inception_score(sure) == pytest.approx(4)
    p = np.array([[0.5, 0.5], [0.9, 0.1]])
    q = p.mean(0)
    assert inception_score(np.log(p)) == pytest.approx(np.exp((p * np.log(p / q)).sum(1).mean()))
    assert inception_score(np.zeros((0, 4))) is None


def test_resizing_starts_at_the_corner() -> None:
    ramp = torch.arange(598.0).expand(1, 3, 4, 598)
    assert torch.equal(resized(ramp)[0, 0, 0], torch.arange(0, 598.0, 2))  # every second pixel, and no mean of two
    small = resized(torch.tensor([[0.0, 10.0]]).expand(1, 3, 1, 2))[0, 0, 0]
    assert small[[0, 149, 298]].tolist() == pytest.approx([0, 10 * 298 / 299, 10], abs=1e-3)


@pytest.fixture(scope="module")
def inception(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("inception") / "inception.pth"
    network = Inception()
    assert sum(isinstance(layer, torch.nn.Conv2d) for layer in network.modules()) == 94  # as the published one
    torch.save(network.state_dict(), path)
    return path


class Warned:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def start(self, total: int, what: str) -> None: ...

    def advance(self, name: str, note: str = "") -> None: ...

    def warn(self, message: str) -> None:
        self.lines.append(message)


def test_fid_of_folders(folders: Path, inception: Path) -> None:
    """Results and truths through the network one at a time, and the distance of their features."""
    warned = Warned()
    options = EvalOptions(
        folders / "results", folders / "gt", folders / "masks", (Metric.FID, Metric.INCEPTION_SCORE, Metric.L1),
        device="cpu", fid_weights=inception,
    )  # fmt: skip
    evaluation = evaluate(options, warned)
    network, features, scores = Inception.load(inception), {}, {}
    for folder in ("results", "gt"):
        images = [read_image(folders / folder / f"{name}.png").samples for name in ("a", "sub/b", "sub/c")]
        both = [network(torch.from_numpy(p.transpose(2, 0, 1)).float()[None]) for p in images]
        features[folder], scores[folder] = (torch.cat(column).numpy() for column in zip(*both, strict=True))
    fid, score = evaluation.sets
    assert (fid.metric, fid.count) == (Metric.FID, 3)
    assert fid.value == pytest.approx(frechet_distance(features["results"], features["gt"]), rel=1e-3, abs=1e-7)
    assert score.value == pytest.approx(inception_score(scores["results"]), rel=1e-4)
    assert set(evaluation.rows[0].scores) == {Metric.L1}
    assert "of 3 images: under 2048" in warned.lines[0]
    assert len(evaluation.settings["fid_weights_sha256"]) == 64


def test_a_image_that_cannot_be_read_again_is_left_out_for_all_methods(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def features(batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        means = batch.mean((2, 3))
        return means, means.softmax(1)

    def broken(job: ScoringJob) -> Any:
        error = FileError(f"{job.result}: failed")
        return error if (job.name, job.method) == ("sub/b.png", "two") else load_or_error(job)

    monkeypatch.setattr(networks, "load_or_error", broken)
    found = networks.Networks((Metric.L1,), networks.NetworkOptions(device="cpu"), 8)
    monkeypatch.setattr(found, "chosen", (Metric.FID,))
    monkeypatch.setattr(found, "device", torch.device("cpu"), raising=False)
    monkeypatch.setattr(found, "_inception", features)
    jobs = [
        ScoringJob(f"{name}.png", method, *(folders / place / f"{name}.png" for place in (results, "gt", "masks")))
        for method, results in (("one", "results"), ("two", "gt"))
        for name in ("a", "sub/b", "sub/c")
    ]
    evaluation = evaluate_jobs(jobs, (Metric.L1,), 8, 1, found, Silent())
    assert [(row.name, row.method) for row in evaluation.rows] == [
        (name, method) for method in ("one", "two") for name in ("a.png", "sub/c.png")
    ]
    assert [(name, str(error)) for name, error in evaluation.problems] == [
        ("sub/b.png", f"{folders / 'gt' / 'sub/b.png'}: failed")
    ]
    means = {
        place: np.stack([read_image(folders / place / f"{n}.png").samples.mean((0, 1)) for n in ("a", "sub/c")])
        for place in ("results", "gt")
    }
    fid = frechet_distance(means["results"], means["gt"])
    assert [(one.method, one.count) for one in evaluation.sets] == [("one", 2), ("two", 2)]
    assert [one.value for one in evaluation.sets] == pytest.approx([fid, 0], rel=1e-3, abs=1e-3)


def test_lpips_of_folders_in_batches(
    folders: Path, backbone: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    network, path = backbone
    metric = Metric.LPIPS if network == "alex" else Metric.LPIPS_VGG
    where = {"lpips_weights": path} if network == "alex" else {"vgg": path}
    if network == "alex":  # images of 24 x 24 are too small for AlexNet
        figures = _lpips_rows(folders, metric, where)
        assert figures == [(None, None, None)] * 3
        return
    batched = _lpips_rows(folders, metric, where)
    monkeypatch.setattr(networks, "BATCH", 1)
    one_by_one = _lpips_rows(folders, metric, where)
    for a, b in zip(batched, one_by_one, strict=True):
        assert a == pytest.approx(b, rel=1e-4)
        assert None not in a
        assert a[1] > a[0] > 0


@pytest.mark.parametrize(("side", "most"), [(2, 17), (2048, 3)])
def test_large_images_are_not_decoded_far_ahead(monkeypatch: pytest.MonkeyPatch, side: int, most: int) -> None:
    done, ahead = [], []

    def read(job: int) -> Any:
        done.append(job)
        return SimpleNamespace(mask=np.broadcast_to(True, (side, side)))

    monkeypatch.setattr(networks, "load_or_error", read)
    for number, (job, _) in enumerate(networks._read_ahead(list(range(40)), []), start=1):  # type: ignore[arg-type]
        assert job == number - 1
        ahead.append(len(done) - number)
    assert len(done) == 40
    assert max(ahead) < most


def test_images_of_mixed_sizes_are_read_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    sides = [64] * 30 + [1100] * 30 + [64] * 30
    monkeypatch.setattr(
        networks, "load_or_error", lambda job: SimpleNamespace(mask=np.broadcast_to(True, (sides[job], sides[job])))
    )
    assert [job for job, _ in networks._read_ahead(list(range(90)), [])] == list(range(90))


def _lpips_rows(folders: Path, metric: Metric, where: dict[str, Path]) -> list[tuple[float | None, ...]]:
    options = EvalOptions(folders / "results", folders / "gt", folders / "masks", (metric,), device="cpu", **where)
    return [tuple(row.scores[metric]) for row in evaluate(options).rows]
