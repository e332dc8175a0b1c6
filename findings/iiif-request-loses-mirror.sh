#!/usr/bin/env bash
# iiif 1.0.10 (IIIFRequest, of the reference implementation in Python)
# Input: addresses of the Image API, parsed and printed again by the same object.
# Expected: the same addresses.
# Happens: "!" for a mirrored image is lost from the rotation, and "^" for enlarging from the size, so that the printed address asks
# for another image. The object has understood both, and "!" of a size stays.
# Output seen on 2026-11-30:
#   2.1 full/max/!90/default.jpg: mirror True, printed full/max/90/default.jpg
#   2.1 full/!200,100/0/default.jpg: mirror False, printed full/!200,100/0/default.jpg
#   3.0 full/max/!0/default.jpg: mirror True, printed full/max/0/default.jpg
#   3.0 full/^300,/0/default.jpg: mirror False, printed full/300,/0/default.jpg
#   3.0 full/^max/0/default.jpg: mirror False, printed full/max/0/default.jpg
#   3.0 pct:10,20,30.5,40/pct:25/22.5/gray.tif: mirror False, printed pct:10,20,30.5,40/pct:25/22.5/gray.tif
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile iiif==1.0.10
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from iiif.request import IIIFRequest

for version, address, same in (
    ("2.1", "full/max/!90/default.jpg", False),
    ("2.1", "full/!200,100/0/default.jpg", True),
    ("3.0", "full/max/!0/default.jpg", False),
    ("3.0", "full/^300,/0/default.jpg", False),
    ("3.0", "full/^max/0/default.jpg", False),
    ("3.0", "pct:10,20,30.5,40/pct:25/22.5/gray.tif", True),
):
    request = IIIFRequest(api_version=version)
    request.parse_url(f"image/{address}")
    printed = request.url().removeprefix("image/")
    print(f"{version} {address}: mirror {request.rotation_mirror}, printed {printed}")
    assert (printed == address) == same, "the behaviour has changed"
PY
