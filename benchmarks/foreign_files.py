"""Networks of other projects: windows round the holes beside one forward pass over the whole image, by the same file.

    python benchmarks/foreign_files.py --weights lama_fp32.onnx
    python benchmarks/foreign_files.py --weights big-lama.pt --trust --size 1536 2048 --ratio 0.05

Images are noise, masks are those of `pconv masks gen`. Passes alternate, so that what else the machine does strikes
both alike, and the least time of each is compared. A network of one size has no whole pass: it is counted in windows.
"""

import argparse
from time import perf_counter

import numpy as np
import torch

from pconv_cli.core.foreign.asked import Foreign
from pconv_cli.core.weights import load_weights
from pconv_cli.masks.generate.drawing import draw_mask
from pconv_cli.masks.kinds import MaskKind
from pconv_cli.methods.neural import PConvBackend


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--trust", action="store_true")
    parser.add_argument("--foreign")
    parser.add_argument("--size", type=int, nargs=2, default=(1024, 1536), metavar=("H", "W"))
    parser.add_argument("--ratio", type=float, default=0.05)
    parser.add_argument("--tile", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    network = load_weights(asked.weights, foreign=Foreign(asked.trust, asked.foreign))
    backend = PConvBackend(network, tile=asked.tile, overlap=asked.tile // 4)
    size = (asked.size[0], asked.size[1])
    rgb = np.random.default_rng(0).random((*size, 3), np.float32)
    for kind in MaskKind:
        if kind is MaskKind.MIXED:
            continue
        mask = draw_mask(kind, size, np.random.default_rng(1), ratio=(0.8 * asked.ratio, 1.2 * asked.ratio))
        whole, tiled = [], []
        for _ in range(asked.repeats):
            began = perf_counter()
            if network.spec.fixed_size is None:
                with torch.inference_mode():
                    network(torch.from_numpy(rgb).permute(2, 0, 1)[None], torch.from_numpy(mask)[None, None].float())
            whole.append(perf_counter() - began)
            began = perf_counter()
            backend.fill(rgb, mask)
            tiled.append(perf_counter() - began)
        line = f"{kind:<11} {1 - mask.mean():6.1%} hole   windows {min(tiled):7.2f} s"
        if network.spec.fixed_size is None:
            line += f"   whole {min(whole):7.2f} s   ratio {min(whole) / min(tiled):5.2f}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
