"""How holes are filled: what the command, a run and one image in memory share."""

from dataclasses import dataclass
from pathlib import Path

from pconv_cli.arguments import ChoiceField, check_kinds
from pconv_cli.errors import UsageError, option
from pconv_cli.methods.names import ON_DEVICE, TEXTURE, TILE, TRAINED, Method, Precision
from pconv_cli.tiling.grid import check_tiling

#: How holes are filled and wide losses found. Raise it when the same options fill or leave other pixels than before:
#: manifests hold it, and `resume` then makes such outputs again. 2: specks, lines, neighbourhoods, widths of losses.
#: 3: networks on the pyramid tint no holes. 4: thin holes. 5: contours. 6: other windows, scattered specks.
#: 7: known lines are no specks. 8: windows along long holes. 9: detail in the middle of deep holes.
#: 10: patches in smooth surroundings, a bound on texture. 11: thin holes in smooth surroundings keep their sharp fill.
#: 12: a layout that several searches agree on.
FILLS = 12


@dataclass(frozen=True, kw_only=True)
class FillOptions:
    """How holes are filled; what the command, `InpaintOptions` and `pconv_cli.inpaint` share.

    Attributes:
        method: How holes are filled.
        texture: How much of the fill comes from the image's own patches: 0, nothing; 0.5, all of the texture, at the
            method's tone; 1, everything. None: 0.5 for ``pconv``, 0 for the others.
        seed: Seed of the patches, and of fills that a network draws at random: another one gives another fill.
        patch_turns: Whether patches are turned and mirrored, too.
        steps: Steps in which a diffusion network (``repaint``) fills holes, the more the slower; None: as many as its
            weights say.
        weights: Name or path of the weights of ``pconv``, or the path of another project's network, in TorchScript or
            ONNX; None: the shipped ones.
        trust: Whether TorchScript is run: it is a program, and may do whatever the user may.
        foreign: What is said of another project's network where its file does not say it or is wrong, such as
            ``polarity=valid,range=unit-byte,order=bgr,size=512,multiple=8``; see `pconv_cli.core.foreign.spec`.
        device: Where ``pconv`` and ``pyramid`` run: auto, cpu, cuda ...
        precision: What convolutions of ``pconv`` compute in; ``auto``: bfloat16 where the hardware multiplies it and
            the network corrects a base (the shipped weights do), else float32.
        compile: Whether ``pconv`` has torch.compile make loops of its own of what is not convolution.
        tile: Largest side in pixels of the windows round the holes that ``pconv`` runs on; None: `TILE`. Where holes
            are all over an image of up to six such windows, a network of partial convolutions may be run on all of it.
        overlap: Pixels that the largest windows share; None: a quarter of the tile.
        dilate: Pixels by which holes are grown first.

    Raises:
        UsageError: A value is of another kind or lies outside its range, or two do not fit together.

    Example:
        >>> FillOptions(method="telea", dilate=2).method
        <Method.TELEA: 'telea'>
        >>> FillOptions(method="telea", tile=256)
        Traceback (most recent call last):
        ...
        pconv_cli.errors.UsageError: `tile`: belongs to `method` pconv; telea has no use for it
    """

    method: ChoiceField[Method] = ChoiceField(Method, Method.PCONV)
    texture: float | None = None
    seed: int = 0
    patch_turns: bool = False
    steps: int | None = None
    weights: str | Path | None = None
    trust: bool = False
    foreign: str | None = None
    device: str = "auto"
    precision: Precision = "auto"
    compile: bool = False
    tile: int | None = None
    overlap: int | None = None
    dilate: int = 0

    def __post_init__(self) -> None:
        check_kinds(self)
        if self.dilate < 0:
            raise UsageError(f"{option('dilate')} {self.dilate}: must be 0 or more pixels")
        if self.texture is not None and not 0 <= self.texture <= 1:
            raise UsageError(f"{option('texture')} {self.texture:g}: must lie between 0 and 1")
        if not 0 <= self.seed < 2**32:
            raise UsageError(f"{option('seed')} {self.seed}: must lie between 0 and 4294967295")
        self._check_method()
        if self.foreign is not None:
            from pconv_cli.core.foreign.conventions import parse_said

            parse_said(self.foreign)

    @property
    def tiling(self) -> tuple[int, int]:
        """Tile and overlap in pixels: what was asked for, or the defaults."""
        tile = TILE if self.tile is None else self.tile
        return tile, tile // 4 if self.overlap is None else self.overlap

    @property
    def own_device(self) -> str:
        """Where this process runs its method."""
        return self.device

    @property
    def method_name(self) -> str:
        """What reports call the method, and its share of texture where one was asked for."""
        return self.method.value if self.texture is None else f"{self.method.value}+texture{self.texture:g}"

    @property
    def own_texture(self) -> float:
        """The share of texture: what was asked for, or the method's own."""
        return self.texture if self.texture is not None else TEXTURE if self.method in TRAINED else 0.0

    @property
    def patches(self) -> bool:
        """Whether the image's own patches are in the fill."""
        return self.method is Method.PATCHMATCH or self.own_texture > 0

    @property
    def varies(self) -> bool:
        """Whether another seed gives another fill: whether patches are in it, or a network draws it at random."""
        return self.patches or self.samples

    @property
    def samples(self) -> bool:
        """Whether the weights are of a network that draws its fills at random.

        Raises:
            ModelError: There are no such weights.
        """
        if self.method not in TRAINED or self.weights is None:  # those that ship do not
            return False
        from pconv_cli.core.foreign.asked import Foreign
        from pconv_cli.core.weights_info import describe_weights

        return describe_weights(self.weights, foreign=Foreign(self.trust, self.foreign)).architecture.samples

    def _check_method(self) -> None:
        """No option may be given in vain, and tile and overlap have to fit together."""
        if self.method not in TRAINED:
            precision = None if self.precision == "auto" else self.precision
            given: dict[str, object] = {
                "weights": self.weights,
                "precision": precision,
                "compile": self.compile or None,
                "trust": self.trust or None,
                "foreign": self.foreign,
            }
            given |= {"tile": self.tile, "overlap": self.overlap, "steps": self.steps}
            for name, value in given.items():
                if value is not None:
                    raise UsageError(
                        f"{option(name)}: belongs to {option('method')} pconv; {self.method} has no use for it"
                    )
        if self.method is Method.PATCHMATCH and self.texture is not None:
            raise UsageError(
                f"{option('texture')}: has no meaning with {option('method')} patchmatch, which is made of patches "
                "already"
            )
        if self.seed and not self.varies:
            raise UsageError(
                f"{option('seed')}: has no meaning without patches; leave it out, or give {option('texture')} above 0"
            )
        if self.patch_turns and not self.patches:
            raise UsageError(
                f"{option('patch_turns')}: has no meaning without patches; leave it out, or give {option('texture')} "
                "above 0"
            )
        if self.steps is not None:
            if self.steps < 1:
                raise UsageError(f"{option('steps')} {self.steps}: must be 1 or more")
            if not self.samples:
                raise UsageError(
                    f"{option('steps')}: belongs to {option('weights')} of a diffusion network (repaint); leave it out"
                )
        if self.device != "auto" and self.method not in ON_DEVICE:
            raise UsageError(f"{option('device')}: {self.method} runs on the processor alone; leave the option out")
        check_tiling(*self.tiling)
