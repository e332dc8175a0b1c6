#!/usr/bin/env bash
# netcdfjs 4.0.0 for Node.js and browsers (getDataVariable); scipy 1.17.1 writes the file and reads it back
# Input: a netCDF file of version 3 with masks of 3 x 5 bytes, one on fixed dimensions, and one on a dimension without limit, as a
# series that grows has; the same of 16 and 32 bits.
# Expected: 15 values of the first; three rows of five of the other.
# Happens: bytes and 16 bits bring the padding that rounds their space up to four bytes: a sixteenth value of 129 or -32767, and each
# byte in an array of its own. Rows on the dimension without limit have 8 and 6 values instead of 5, so that the mask is wider.
# Output seen on 2026-11-30:
#   i1, fixed: 16 values, the last [[15],[129]]; series: [[1,2,3,4,5,129,129,129],[6,7,8,9,10,129,129,129],[11,12,13,14,15,129,129,129]]
#   i2, fixed: 16 values, the last [15,-32767]; series: [[1,2,3,4,5,-32767],[6,7,8,9,10,-32767],[11,12,13,14,15,-32767]]
#   i4, fixed: 15 values, the last [14,15]; series: [[1,2,3,4,5],[6,7,8,9,10],[11,12,13,14,15]]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile scipy==1.17.1 numpy==2.4.6
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit netcdfjs@4.0.0
"$work/venv/bin/python" - <<'PY'
import numpy as np
from scipy.io import netcdf_file

mask = np.arange(1, 16).reshape(3, 5)
with netcdf_file("masks.nc", "w", mmap=False) as file:
    for name, length in (("t", None), ("y", 3), ("x", 5)):
        file.createDimension(name, length)
    for kind in ("i1", "i2", "i4"):
        file.createVariable(f"fixed_{kind}", kind, ("y", "x"))[:] = mask
        file.createVariable(f"series_{kind}", kind, ("t", "x"))[:] = mask
with netcdf_file("masks.nc", mmap=False) as file:
    assert all(np.array_equal(one[:], mask) for one in file.variables.values()), "scipy differs"
PY
cat > one.js <<'JS'
const assert = require("assert");
const fs = require("fs");
const { NetCDFReader } = require("netcdfjs");

const file = new NetCDFReader(fs.readFileSync("masks.nc"));
for (const kind of ["i1", "i2", "i4"]) {
  const fixed = file.getDataVariable(`fixed_${kind}`);
  const series = file.getDataVariable(`series_${kind}`);
  console.log(`${kind}, fixed: ${fixed.length} values, the last ${JSON.stringify(fixed.slice(-2))}; series: ${JSON.stringify(series)}`);
  assert.equal(fixed.length, kind === "i4" ? 15 : 16, "the behaviour has changed");
  assert.equal(series[0].length, { i1: 8, i2: 6, i4: 5 }[kind], "the behaviour has changed");
}
JS
node one.js
