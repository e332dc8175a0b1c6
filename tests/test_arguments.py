"""How options classes and the functions that take them accept plain strings, and what they say of wrong ones."""

import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, replace
from pathlib import Path
from typing import Any

import pytest

from pconv_cli import (
    EvalOptions,
    FillOptions,
    GenerateOptions,
    ImageFormat,
    InpaintingLoss,
    InpaintOptions,
    LossWeights,
    MaskKind,
    Method,
    Metric,
    Phase,
    Polarity,
    TrainOptions,
    draw_mask,
    evaluate,
    generate_masks,
    inpaint,
    inpaint_folder,
    load_vgg,
    load_weights,
    make_backend,
    save_weights,
)
from pconv_cli.arguments import Choice
from pconv_cli.errors import UsageError


def test_strings_become_paths_and_members() -> None:
    plain = InpaintOptions("in", "m", "out", method="telea", polarity="black", format="png", report="page.html")
    assert plain == InpaintOptions(
        Path("in"),
        Path("m"),
        Path("out"),
        method=Method.TELEA,
        polarity=Polarity.BLACK,
        format=ImageFormat.PNG,
        report=Path("page.html"),
    )
    assert isinstance(plain.images, Path)
    assert plain.method is Method.TELEA
    assert InpaintOptions("in", "alpha", "out").masks == "alpha"


def test_options_stay_dataclasses() -> None:
    options = TrainOptions("data", phase="fit")
    assert options.out == Path("run")
    assert options.masks is None
    assert replace(options, out="there").out == Path("there")
    assert asdict(options)["phase"] is Phase.FIT
    assert pickle.loads(pickle.dumps(options)) == options
    assert TrainOptions.from_json(options.to_json()) == options
    assert hash(options) == hash(TrainOptions(Path("data"), phase=Phase.FIT))
    with pytest.raises(FrozenInstanceError):
        options.out = Path("other")  # type: ignore[misc]
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'data'"):
        TrainOptions()
    with pytest.raises(UsageError, match=r"^data: cannot be 3; help\(TrainOptions\) says what it takes$"):
        TrainOptions(3)  # type: ignore[arg-type]


def test_an_empty_path_is_not_the_current_folder() -> None:
    with pytest.raises(ValueError, match=r"out: is empty; name a path, or \. for the current folder"):
        InpaintOptions("in", "m", "")


@pytest.mark.parametrize("kind", [MaskKind, Method, Metric, Phase, ImageFormat, Polarity])
def test_an_unknown_name_is_a_value_error_that_lists_the_names(kind: type[Choice]) -> None:
    assert kind(next(iter(kind)).value) is next(iter(kind))
    with pytest.raises(ValueError, match=f"'nope' is not a {kind.__name__}: choose one of ") as caught:
        kind("nope")
    assert isinstance(caught.value, UsageError)
    assert all(name in str(caught.value) for name in kind)


def test_functions_refuse_unknown_names_before_they_begin(tmp_path: Path) -> None:
    import numpy as np

    with pytest.raises(ValueError, match="'nope' is not a Method: choose one of pconv, pyramid, telea"):
        make_backend("nope")
    with pytest.raises(ValueError, match="'nope' is not a MaskKind"):
        draw_mask("nope", (8, 8), np.random.default_rng(0), ratio=(0.1, 0.2))
    with pytest.raises(ValueError, match="'nope' is not a MaskKind"):
        generate_masks("nope", tmp_path / "masks")
    assert not (tmp_path / "masks").exists()


def test_values_and_an_options_object_do_the_same(tmp_path: Path) -> None:
    first = generate_masks("cracks", str(tmp_path / "a"), count=2, size=(32, 40), ratio=(0.1, 0.2))
    options = GenerateOptions(MaskKind.CRACKS, tmp_path / "b", count=2, size=(32, 40), ratio=(0.1, 0.2))
    for second in (generate_masks(options), generate_masks(options=replace(options, out=tmp_path / "c"))):
        assert (first.drawn, second.drawn) == (2, 2)
        written = [[path.read_bytes() for path in sorted(out.glob("*.png"))] for out in (first.out, second.out)]
        assert written[0] == written[1]
        assert len(written[0]) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"truth": None}, "truth: cannot be None; help(EvalOptions) says what it takes"),
        ({"results": None}, "results: cannot be None; help(EvalOptions) says what it takes"),
        ({"results": [None]}, "results: cannot be [None]; help(EvalOptions) says what it takes"),
        ({"metrics": 0}, "metrics: cannot be 0; help(EvalOptions) says what it takes"),
    ],
)
def test_values_of_another_kind_are_usage_errors(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        evaluate(**{"results": "a", "truth": "t", "masks": "m", **changes})
    assert str(caught.value) == words


def values_of_another_kind() -> dict[str, tuple[Callable[[], object], str]]:
    """Calls with a value of another kind, and what is said of it."""
    return {
        "number": (lambda: FillOptions(texture="x"), "texture: cannot be 'x'; help(FillOptions)"),
        "whole": (lambda: FillOptions(dilate=2.5), "dilate: cannot be 2.5; help(FillOptions)"),
        "no flag": (lambda: FillOptions(seed=True), "seed: cannot be True; help(FillOptions)"),
        "flag": (lambda: InpaintOptions("in", "m", "out", overwrite="no"), "overwrite: cannot be 'no'; help(Inpaint"),
        "text": (lambda: FillOptions(device=None), "device: cannot be None; help(FillOptions)"),
        "choice": (lambda: FillOptions(precision="x"), "`precision` x: take one of auto, float32"),
        "flag of 2": (lambda: GenerateOptions("cracks", overwrite=2), "overwrite: cannot be 2; help(GenerateOptions)"),
        "pair": (lambda: GenerateOptions("cracks", size=(64,)), "size: cannot be (64,); help(GenerateOptions)"),
        "in a pair": (lambda: GenerateOptions("cracks", ratio=(0, "1")), "ratio: cannot be (0, '1'); help(Generate"),
        "eval": (lambda: EvalOptions("r", "t", "m", band="1"), "band: cannot be '1'; help(EvalOptions)"),
        "train": (lambda: TrainOptions("in", steps="9"), "steps: cannot be '9'; help(TrainOptions)"),
        "pairs": (lambda: TrainOptions("in", loss_weights="x"), "loss_weights: cannot be 'x'; help(TrainOptions)"),
        "image": (lambda: inpaint([[0]], [[1]], tile="9"), "tile: cannot be '9'; help(FillOptions)"),
        "backend": (lambda: make_backend("telea", texture=None), "texture: cannot be None; help(make_backend)"),
        "weights": (lambda: load_weights(None), "name_or_path: cannot be None; help(load_weights)"),
        "device": (lambda: load_weights(device="x"), "`device` x: no such device"),
        "vgg": (lambda: load_vgg(3), "path: cannot be 3; help(load_vgg)"),
        "saved": (lambda: save_weights("w", None), "model: cannot be None; help(save_weights)"),
        "term": (lambda: LossWeights(hole="x"), "`loss_weights` hole=x: must be a finite number"),
        "loss": (lambda: InpaintingLoss({"hole": 1}), "weights: {'hole': 1} is no LossWeights; give"),
        "options": (lambda: inpaint_folder(options=None), "None is no InpaintOptions; give one, or its values: images"),
    }


@pytest.mark.parametrize("case", values_of_another_kind())
def test_public_names_refuse_values_of_another_kind(case: str) -> None:
    call, words = values_of_another_kind()[case]
    with pytest.raises(UsageError) as caught:
        call()
    assert str(caught.value).startswith(words)


def test_numbers_of_numpy_are_numbers() -> None:
    import numpy as np

    options = FillOptions(texture=np.float32(0.5), seed=np.int64(3), compile=np.bool_(False), dilate=np.uint8(2))
    assert options == FillOptions(texture=0.5, seed=3, compile=False, dilate=2)
    assert FillOptions(texture=1) == FillOptions(texture=1.0)
    assert [type(value) for value in (options.texture, options.seed, options.compile, options.dilate)] == [
        *(float, int, bool, int)
    ]
    pairs = GenerateOptions("cracks", size=[8, np.int64(9)], overwrite=1)  # type: ignore[arg-type,list-item]
    assert pairs.size == (8, 9)
    assert type(pairs.size[1]) is int


@pytest.mark.parametrize("alone", [None, "a"])
def test_one_value_is_no_options_object_where_several_are_required(alone: Any) -> None:
    words = f"^{alone!r} is no EvalOptions; give one, or its values: results, truth, masks$"
    with pytest.raises(UsageError, match=words):
        evaluate(alone)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rng": 0}, "rng: 0 is no generator; pass np.random.default_rng(seed)"),
        ({"size": 64}, "size: 64 is no pair of whole numbers"),
        ({"size": (64.5, 64)}, "size: (64.5, 64) is no pair of whole numbers"),
        ({"size": ((64, 64), 64)}, "size: ((64, 64), 64) is no pair of whole numbers"),
        ({"size": ("64", "64")}, "size: ('64', '64') is no pair of whole numbers"),
        ({"ratio": 0.2}, "ratio: 0.2 is no pair of numbers"),
        ({"ratio": ("0.1", "0.2")}, "ratio: ('0.1', '0.2') is no pair of numbers"),
    ],
)
def test_a_mask_of_arguments_of_another_kind(changes: dict[str, Any], words: str) -> None:
    import numpy as np

    given: dict[str, Any] = {"size": (8, 8), "rng": np.random.default_rng(0), "ratio": (0.1, 0.2)}
    with pytest.raises(UsageError) as caught:
        draw_mask("cracks", **{**given, **changes})
    assert str(caught.value) == words
