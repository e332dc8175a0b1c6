#!/usr/bin/env bash
# fabric 7.4.0 for Node.js and browsers (filters.BlendColor on a 2D canvas)
# Input: a pixel of 200 and the blend colour 100, with `alpha` of 1, 0.5 and 0; it is "the strength of the blend color operation".
# Expected: the full blend, a value half way between it and 200, and 200.
# Happens: the colour is multiplied by alpha and blended in full. With "multiply" and "darken" less strength makes the image darker, and no
# strength at all makes it black. "tint" and "exclusion" come out right.
# Output seen on 2026-12-01:
#   tint: 100 at 1, 150 at 0.5, 200 at 0
#   exclusion: 143 at 1, 172 at 0.5, 200 at 0
#   multiply: 78 at 1, 39 at 0.5, 0 at 0
#   darken: 100 at 1, 50 at 0.5, 0 at 0
#   overlay: 157 at 1, 78 at 0.5, 0 at 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit fabric@7.4.0
cat > one.mjs <<'JS'
import assert from "node:assert";
import { filters } from "fabric";

for (const mode of ["tint", "exclusion", "multiply", "darken", "overlay"]) {
  const seen = [1, 0.5, 0].map((alpha) => {
    const imageData = { width: 1, height: 1, data: Uint8ClampedArray.from([200, 200, 200, 255]) };
    new filters.BlendColor({ color: "#646464", mode, alpha }).applyTo2d({ imageData });
    return imageData.data[0];
  });
  console.log(`${mode}: ${seen[0]} at 1, ${seen[1]} at 0.5, ${seen[2]} at 0`);
  const between = Math.abs(seen[1] - (seen[0] + 200) / 2) < 2 && seen[2] === 200;
  assert.equal(between, ["tint", "exclusion"].includes(mode), "the behaviour has changed");
}
JS
node one.mjs
