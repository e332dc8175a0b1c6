#!/usr/bin/env bash
# c2pa-python 0.38.1 (Builder.add_ingredient, library 0.91.3), JPEG XL by imagecodecs 2026.3.6
# Input: an image as a bare JPEG XL codestream, as encoders write it by default, named as the parent of a PNG.
# Expected: image/jxl is listed as a supported type, and a parent needs no manifest of its own, so it is added by its
# hash, as a PNG without a manifest is.
# Happens: it is refused, since a bare codestream cannot hold a manifest; the same parent by its name alone is taken.
# Output seen on 2026-11-29:
#   image/jxl is listed: True, PNG as parent: added
#   bare JPEG XL as parent: JPEG XL naked codestream cannot contain C2PA manifests
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile \
    c2pa-python==0.38.1 imagecodecs==2026.3.6 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import io
import json

import c2pa
import imagecodecs
import numpy as np

image = np.arange(64 * 64 * 3, dtype=np.uint16).reshape(64, 64, 3).astype(np.uint8)
files = {"image/png": imagecodecs.png_encode(image), "image/jxl": imagecodecs.jpegxl_encode(image, lossless=True)}


def added(kind):
    builder = c2pa.Builder({"title": "restored"})
    try:
        builder.add_ingredient(json.dumps({"title": "parent", "relationship": "parentOf"}), kind, io.BytesIO(files[kind]))
    except c2pa.C2paError as error:
        return str(error).rpartition(": ")[2]
    return "added"


listed = "image/jxl" in c2pa.Builder.get_supported_mime_types()
png, jxl = added("image/png"), added("image/jxl")
print(f"image/jxl is listed: {listed}, PNG as parent: {png}")
print(f"bare JPEG XL as parent: {jxl}")
assert (listed, png) == (True, "added") and "naked codestream" in jxl, "the behaviour has changed"
PY
