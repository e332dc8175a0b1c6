"""Whether memory grows with the number of pictures: the same run on few pictures and on many, each in its own process.

    python benchmarks/growth.py                  # 50 and 500 pictures of 256 x 256
    python benchmarks/growth.py --counts 20,200 --method pconv

The peaks of resident memory are the program's own (``--profile``). Where nothing is held on to, they are alike.
"""

import argparse
import tempfile
from pathlib import Path

from batch import make_folder, run_method


def main() -> None:
    """Make the folders, run them, print the peaks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", default="50,500", help="pictures of each run, with commas")
    parser.add_argument("--side", type=int, default=256, help="pixels")
    parser.add_argument("--method", default="telea", help="of pconv inpaint")
    options = parser.parse_args()
    for count in map(int, options.counts.split(",")):
        with tempfile.TemporaryDirectory() as temporary:
            make_folder(Path(temporary), count, options.side**2 / 1e6, damage=0.02)
            profile = run_method(Path(temporary), options.method, "cpu")["profile"]
            peak = profile["peak_memory"] / 2**20
            print(f"{count:6} pictures: peak {peak:.1f} MiB, {profile['wall']:.1f} s", flush=True)


if __name__ == "__main__":
    main()
