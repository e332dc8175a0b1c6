#!/usr/bin/env bash
# netpbm 11.01.00 (Debian 2:11.01.00-2), pamaddnoise
# Input: a flat grey of 100 in 200 x 200 px, for synthetic degradation; noise of strength 0, and impulse noise of 10 %.
# Expected: noise of strength 0 leaves 100; a tolerance of 0.10 means "that 5% of all pixel values will be set to 0 and 5% will be set
# to the maxval", says the manual.
# Happens: half of all pixels are white, or black with multiplicative noise, whatever the strength; the other half has the noise that was
# asked for. Every pair of a clean and a noisy image that is made so trains or tests something else than its name.
# Output seen on 2026-12-01:
#   gaussian, sigma 0: 50.1 % as they were, 0.0 % black, 49.9 % white
#   gaussian, default: 0.4 % as they were, 0.1 % black, 50.5 % white
#   laplacian, sigma 0: 49.9 % as they were, 0.0 % black, 50.1 % white
#   multiplicative_gaussian, sigma 0: 50.1 % as they were, 49.9 % black, 0.0 % white
#   impulse, tolerance 0: 49.9 % as they were, 0.0 % black, 50.1 % white
#   impulse, tolerance 0.1: 45.1 % as they were, 2.4 % black, 52.5 % white
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq netpbm=2:11.01.00-2 libnetpbm11=2:11.01.00-2 2> /dev/null
for package in *.deb; do dpkg -x "$package" root; done
export PATH="$work/root/usr/bin:$PATH" LD_LIBRARY_PATH="$work/root/usr/lib/$(uname -m)-linux-gnu"
python3 - <<'PY'
import subprocess

SIDE = 200
FLAT = b"P5\n%d %d\n255\n" % (SIDE, SIDE) + bytes([100]) * SIDE**2
CASES = {
    "gaussian, sigma 0": "-type=gaussian -sigma1=0 -sigma2=0",
    "gaussian, default": "-type=gaussian",
    "laplacian, sigma 0": "-type=laplacian -lsigma=0",
    "multiplicative_gaussian, sigma 0": "-type=multiplicative_gaussian -mgsigma=0",
    "impulse, tolerance 0": "-type=impulse -tolerance=0",
    "impulse, tolerance 0.1": "-type=impulse -tolerance=0.1",
}
for name, options in CASES.items():
    noisy = subprocess.run(["pamaddnoise", *options.split(), "-seed=7"], input=FLAT, capture_output=True, check=True).stdout
    samples = noisy[-(SIDE**2) :]
    same, black, white = (100 * samples.count(value) / SIDE**2 for value in (100, 0, 255))
    print(f"{name}: {same:.1f} % as they were, {black:.1f} % black, {white:.1f} % white")
    assert 45 < (black if name.startswith("multiplicative") else white) < 55, "the behaviour has changed"
PY
