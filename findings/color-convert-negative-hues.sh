#!/usr/bin/env bash
# color-convert 3.1.3 for Node.js and browsers (rgb.hcg and hcg.rgb)
# Input: colours between magenta and red, and two others, to HCG and back.
# Expected: a hue of 0 to 360 and the same colour; rgb.hsl of the same library gives 330 for the second.
# Happens: hues between magenta and red come out negative, and the way back makes blue larger by up to 128, beyond 255: a dark pink becomes
# violet, and a byte wraps around. All other hues come back within rounding.
# Output seen on 2026-12-01:
#   pink 255 0 64: hue -15.1, back 255 0 319
#   rose 200 100 150: hue -30.0, back 200 100 250
#   dark pink 213 48 166: hue -42.9, back 213 48 331
#   red 255 0 0: hue 0.0, back 255 0 0
#   green 30 200 90: hue 141.2, back 30 200 90
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit color-convert@3.1.3
cat > one.mjs <<'JS'
import assert from "node:assert";
import convert from "color-convert";

const colours = { pink: [255, 0, 64], rose: [200, 100, 150], "dark pink": [213, 48, 166], red: [255, 0, 0], green: [30, 200, 90] };
for (const [name, colour] of Object.entries(colours)) {
  const hcg = convert.rgb.hcg.raw(colour);
  const back = convert.hcg.rgb.raw(hcg).map(Math.round);
  const error = Math.max(...back.map((value, i) => Math.abs(value - colour[i])));
  console.log(`${name} ${colour.join(" ")}: hue ${hcg[0].toFixed(1)}, back ${back.join(" ")}`);
  assert.equal(error > 1 && hcg[0] < 0, !["red", "green"].includes(name), "the behaviour has changed");
}
JS
node one.mjs
