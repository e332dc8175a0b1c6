#!/usr/bin/env bash
# parse-exr 1.0.2 for Node.js and browsers, with OpenEXR 3.5.3 for Python
# Input: an EXR of 4 x 40 px whose rows have their numbers as values, written by OpenEXR with each line order and three kinds of
# compression.
# Expected: the same rows in all six: "lineOrder" says in which order blocks are stored, and "y" of a block where its lines belong (OpenEXR
# File Layout, section on line order); OpenEXR reads all alike.
# Happens: the reader gives rows from the last to the first, as textures have them. With DECREASING_Y and ZIP, which packs 16 lines in a
# block, the lowest seven rows are lost, all others move to their place, and the upper rows are 1, white. Blocks of one line are right.
# Output seen on 2026-12-01:
#   decreasing-no.exr: 39 38 37 36 ... 9 8 7 6 5 4 3 2 1 0
#   decreasing-zip.exr: 32 31 30 29 ... 2 1 0 1 1 1 1 1 1 1
#   decreasing-zips.exr: 39 38 37 36 ... 9 8 7 6 5 4 3 2 1 0
#   increasing-no.exr: 39 38 37 36 ... 9 8 7 6 5 4 3 2 1 0
#   increasing-zip.exr: 39 38 37 36 ... 9 8 7 6 5 4 3 2 1 0
#   increasing-zips.exr: 39 38 37 36 ... 9 8 7 6 5 4 3 2 1 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile openexr==3.5.3 numpy==2.4.6
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit parse-exr@1.0.2
cat > one.mjs <<'JS'
import assert from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import * as reader from "parse-exr";

const parse = reader.default?.default ?? reader.default;
for (const name of readdirSync(".").filter((file) => file.endsWith(".exr")).sort()) {
  const bytes = readFileSync(name);
  const { data } = parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length), 1015);
  const rows = Array.from({ length: 40 }, (_, y) => data[16 * y]);
  console.log(`${name}: ${rows.slice(0, 4).join(" ")} ... ${rows.slice(-10).join(" ")}`);
  assert.equal(rows.every((row, y) => row === 39 - y), name !== "decreasing-zip.exr", "the behaviour has changed");
}
JS
cat > one.py <<'PY'
import numpy as np
import OpenEXR

rows = np.repeat(np.arange(40, dtype=np.float16)[:, None], 4, axis=1)
for order in ("increasing", "decreasing"):
    for packing in ("no", "zips", "zip"):
        header = {"type": OpenEXR.scanlineimage, "lineOrder": getattr(OpenEXR, f"{order.upper()}_Y")}
        header["compression"] = getattr(OpenEXR, f"{packing.upper()}_COMPRESSION")
        name = f"{order}-{packing}.exr"
        OpenEXR.File(header, {"R": rows, "G": rows, "B": rows}).write(name)
        back = OpenEXR.File(name).channels()["RGB"].pixels
        assert np.array_equal(back[..., 0], rows)
PY
venv/bin/python one.py
node one.mjs
