"""The registry by which a method's name becomes a backend, made as options ask for it."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from pconv_cli.arguments import checks_kinds
from pconv_cli.errors import UsageError, option, out_of_memory_reported
from pconv_cli.methods.names import TILE, Method, Precision
from pconv_cli.methods.options import FillOptions
from pconv_cli.methods.protocol import Backend, DoubtfulBackend, RandomBackend

if TYPE_CHECKING:
    from pconv_cli.methods.light import LightBackend
    from pconv_cli.methods.neural import PConvBackend


@dataclass(frozen=True)
class BackendSettings:
    """What any of the backends may want to know: see `make_backend`."""

    weights: str | Path | None
    device: str
    precision: Precision
    tile: int
    overlap: int
    compile: bool
    seed: int
    patch_turns: bool
    steps: int | None
    trust: bool
    foreign: str | None


def _pconv(settings: BackendSettings) -> Backend:
    return _light_pconv(settings) or _heavy_pconv(settings)


def _light_pconv(settings: BackendSettings) -> "LightBackend | None":
    """Make ``pconv`` without torch, which images load that need it; None: what is asked for is only sure with it."""
    from pconv_cli.core.light.machine import is_float32_on_the_processor, is_on_the_processor
    from pconv_cli.core.weight_files import DEFAULT_WEIGHTS, shipped_path, weights_path

    named = settings.weights or DEFAULT_WEIGHTS
    weights_path(named)  # before torch is imported for nothing
    path = shipped_path(named)  # others may be damaged, which torch's way finds out
    special = settings.compile or settings.steps is not None or settings.trust or settings.foreign is not None
    if "torch" in sys.modules or path is None or special or settings.precision == "float16":
        return None
    if not is_on_the_processor(settings.device):
        return None
    from pconv_cli.core.networks.light import light_spec, read_light
    from pconv_cli.methods.light import MOST, LightBackend

    spec = light_spec(path)
    if spec is None:
        return None
    # In bfloat16 torch fills all that reaches the network; thin holes and specks do not.
    most = MOST if is_float32_on_the_processor(settings.device, settings.precision) else 0
    read, load = partial(read_light, path), partial(_heavy_pconv, settings)
    return LightBackend(spec, read, tile=settings.tile, overlap=settings.overlap, load=load, most=most)


def _heavy_pconv(settings: BackendSettings) -> "PConvBackend":
    from pconv_cli.core.foreign.asked import Foreign
    from pconv_cli.core.networks.engine import Sampling
    from pconv_cli.methods.neural import PConvBackend

    return PConvBackend.load(
        settings.weights,
        settings.device,
        settings.precision,
        tile=settings.tile,
        overlap=settings.overlap,
        compile=settings.compile,
        sampling=Sampling(settings.seed, settings.steps),
        foreign=Foreign(settings.trust, settings.foreign),
    )


def _pyramid(settings: BackendSettings) -> Backend:
    from pconv_cli.core.light.machine import is_on_the_processor

    if is_on_the_processor(settings.device):
        from pconv_cli.methods.classical import PyramidBackend

        return PyramidBackend()
    from pconv_cli.methods.neural import make_pyramid

    return make_pyramid(settings.device)


def _telea(_: BackendSettings) -> Backend:
    import cv2

    from pconv_cli.methods.classical import OpenCVBackend

    return OpenCVBackend("telea", cv2.INPAINT_TELEA)


def _ns(_: BackendSettings) -> Backend:
    import cv2

    from pconv_cli.methods.classical import OpenCVBackend

    return OpenCVBackend("ns", cv2.INPAINT_NS)


def _biharmonic(_: BackendSettings) -> Backend:
    from pconv_cli.methods.classical import BiharmonicBackend

    return BiharmonicBackend()


def _patchmatch(settings: BackendSettings) -> Backend:
    from pconv_cli.methods.patches.backend import PatchMatchBackend

    return PatchMatchBackend(settings.seed, turned=settings.patch_turns)


#: How each method's backend is made; torch, OpenCV and scikit-image are imported when theirs is.
BACKENDS: Mapping[Method, Callable[[BackendSettings], Backend]] = MappingProxyType(
    {
        Method.PCONV: _pconv,
        Method.PYRAMID: _pyramid,
        Method.TELEA: _telea,
        Method.NS: _ns,
        Method.BIHARMONIC: _biharmonic,
        Method.PATCHMATCH: _patchmatch,
    }
)


class Backends:
    """Methods, each loaded once, for images and runs that differ in seed and texture alone.

    Args:
        remembered: Bytes of fills that are kept, of methods to which other seeds mean nothing, so that fills of the
            same holes with other textures do not begin with the method again.

    Attributes:
        doubts: What a user should know of those that were loaded.
    """

    def __init__(self, remembered: int = 0) -> None:
        self._remembered = remembered
        self._bare: dict[tuple[Method, BackendSettings], Backend] = {}
        self.doubts: list[str] = []

    def of(self, options: FillOptions) -> Backend:
        """Give the backend that options ask for; see `make_backend` for what it raises."""
        tile, overlap = options.tiling
        seeded = options.method is Method.PATCHMATCH
        seed = options.seed if seeded else 0
        settings = BackendSettings(
            weights=options.weights,
            device=options.own_device,
            precision=options.precision,
            tile=tile,
            overlap=overlap,
            compile=options.compile,
            seed=seed,
            patch_turns=seeded and options.patch_turns,
            steps=options.steps,
            trust=options.trust,
            foreign=options.foreign,
        )
        bare = self._bare.get((options.method, settings))
        if bare is None:
            bare = _made(options.method, settings)
            self.doubts += bare.doubts if isinstance(bare, DoubtfulBackend) else ()
            if self._remembered and not seeded and not _draws(bare):
                from pconv_cli.methods.remembering import RememberingBackend

                bare = RememberingBackend(bare, self._remembered)
            self._bare[options.method, settings] = bare
        if isinstance(bare, RandomBackend) and bare.draws:
            bare = bare.seeded(options.seed)
        return _textured(bare, options.own_texture, options.seed, options.patch_turns)


@checks_kinds
def make_backend(
    method: Method | str,
    *,
    weights: str | Path | None = None,
    device: str = "auto",
    precision: Precision = "auto",
    tile: int = TILE,
    overlap: int | None = None,
    texture: float = 0.0,
    seed: int = 0,
    patch_turns: bool = False,
    compile: bool = False,
    steps: int | None = None,
    trust: bool = False,
    foreign: str | None = None,
) -> Backend:
    """Make the backend of a method, which fills float32 images; `pconv_cli.inpaint` takes any image.

    Its ``fill(rgb, mask)`` takes the inside of this program: RGB in [0, 1] and the paper's masks, **True = valid**. It
    checks what it is given, and raises `UsageError`, a `ValueError`.

    Args:
        method: The method, or its name.
        weights: Name or path of the weights of ``pconv``; None: the shipped ones.
        device: ``auto``, ``cpu``, ``cuda`` ..., for ``pconv`` and ``pyramid``.
        precision: Precision of the convolutions of ``pconv``; see `InpaintOptions`.
        tile: Largest side of the windows that ``pconv`` runs on.
        overlap: Pixels that its largest tiles share; a quarter of it is the least context that a window shows round
            its holes. None: a quarter of the tile.
        texture: How much of the fill comes from the image's own patches, 0 to 1; see `FillOptions`. The default is
            the bare method, and not the command's.
        seed: Seed of the patches, and of fills that a network draws at random.
        patch_turns: Whether patches are turned and mirrored, too.
        compile: Whether ``pconv`` has torch.compile make loops of its own of what is not convolution.
        steps: Steps of a diffusion network's sampler; see `FillOptions`.
        trust: See `FillOptions`.
        foreign: See `FillOptions`.

    Raises:
        UsageError: There is no such method or device, tile and overlap do not fit together, torch.compile fails, or
            there are no such steps.
        ModelError: The weights are missing, damaged or foreign, or the network does not fit into memory.

    Example:
        >>> image = np.full((32, 48, 3), 0.25, np.float32)
        >>> mask = np.ones((32, 48), bool)
        >>> mask[10:20, 10:30] = False  # a hole
        >>> image[~mask] = 1
        >>> filled = make_backend("telea").fill(image, mask)
        >>> float(filled[15, 20, 0].round(2))
        0.25
    """
    from pconv_cli.methods.checked import CheckedBackend

    shared = tile // 4 if overlap is None else overlap
    settings = BackendSettings(
        weights, device, precision, tile, shared, compile, seed, patch_turns, steps, trust, foreign
    )
    if not 0 <= texture <= 1:
        raise UsageError(f"texture: is {texture}; must lie between 0 and 1")
    return CheckedBackend(_textured(_made(Method(method), settings), texture, seed, patch_turns))


def _made(method: Method, settings: BackendSettings) -> Backend:
    with out_of_memory_reported(
        f"not even the model of {method} fits: close other programs, or name another {option('device')}"
    ):
        return BACKENDS[method](settings)


def _draws(backend: Backend) -> bool:
    return isinstance(backend, RandomBackend) and backend.draws


def _textured(backend: Backend, texture: float, seed: int, turned: bool) -> Backend:
    if texture == 0:
        return backend
    from pconv_cli.methods.texture import TexturedBackend

    return TexturedBackend(backend, texture, seed, turned=turned)
