"""The names of the methods and the defaults of inpainting; light, so that the command line may ask for them."""

from typing import Literal

from pconv_cli.arguments import Choice


class Method(Choice):
    """A way to fill holes.

    Example:
        >>> ", ".join(Method)
        'pconv, pyramid, telea, ns, biharmonic, patchmatch'
    """

    PCONV = "pconv"
    PYRAMID = "pyramid"
    TELEA = "telea"
    NS = "ns"
    BIHARMONIC = "biharmonic"
    PATCHMATCH = "patchmatch"


#: What `pconv eval` compares where no method is named: all but the one that takes longer than the others together.
COMPARED = tuple(method for method in Method if method is not Method.PATCHMATCH)

#: The methods that may run elsewhere than on the processor.
ON_DEVICE = frozenset({Method.PCONV, Method.PYRAMID})

#: The methods that run a trained network, and so take weights, tiles, a precision and compilation, and can be adapted.
TRAINED = frozenset({Method.PCONV})

#: How much of a fill's texture comes from the image's own patches where nothing else is asked for: all of it for the
#: network, which says the tone; see `pconv_cli.methods.texture`.
TEXTURE = 0.5


#: Of the network's convolutions; ``auto`` is bfloat16 where the hardware multiplies it and the network
#: corrects a base, else float32.
Precision = Literal["auto", "float32", "bfloat16", "float16"]

#: Largest side in pixels of the windows that the network runs on.
TILE = 512

#: Radius in pixels of the neighbourhood from which telea and ns take a pixel.
RADIUS = 3
