"""The orange image: what is wrong about a convention shows when a file is loaded."""

import re

import pytest

from pconv_cli.errors import ModelError

from .conftest import MakeOnnx, MakeTorchScript
from .loading import check, load


# The orange image.
@pytest.mark.parametrize(
    ("how", "mend"),
    [
        ({"polarity": "valid"}, "polarity=valid"),
        ({"out": "unit"}, "range=unit"),
        ({"out": "signed"}, "range=unit-signed"),
        ({"reverse": True}, "order=rgb-bgr"),
        ({"polarity": "valid", "out": "unit"}, "polarity=valid,range=unit"),
    ],
)
def test_a_wrong_convention_is_reported_with_what_mends_it(make_onnx: MakeOnnx, how: dict[str, str], mend: str) -> None:
    path = make_onnx("carve", **how)
    with pytest.raises(ModelError, match="fills a plain orange image") as caught:
        load(path)
    assert str(caught.value).endswith(f"; give `foreign` {mend}")
    check(load(path, mend), (64, 96), (64, 96), 1e-5)


@pytest.mark.parametrize("kind", ["migan", "ronimo", "pconv"])
def test_a_wrong_polarity_shows_in_every_family(make_onnx: MakeOnnx, kind: str) -> None:
    other = {"migan": "hole", "ronimo": "valid", "pconv": "hole"}[kind]
    path = make_onnx(kind, polarity=other, size=64)
    with pytest.raises(ModelError, match=f"give `foreign` polarity={other}$"):
        load(path)
    check(load(path, f"polarity={other}"), (64, 64), (64, 64), 2 / 255)


def test_what_was_said_is_kept_in_what_mends(make_onnx: MakeOnnx) -> None:
    with pytest.raises(ModelError, match=r"give `foreign` multiple=16,range=unit$"):
        load(make_onnx("carve", out="unit"), "multiple=16")


def test_a_wrong_option_is_reported_too(make_torchscript: MakeTorchScript) -> None:
    with pytest.raises(ModelError, match=r"give `foreign` polarity=hole$"):
        load(make_torchscript("lama"), "polarity=valid")


def test_what_no_convention_mends_is_a_doubt(make_onnx: MakeOnnx) -> None:
    network = load(make_onnx("ronimo", spoil="grey"))
    assert re.search(r"fills a plain orange image.* with \(0\.50, 0\.50, 0\.50\), and no other", network.doubts[0])
