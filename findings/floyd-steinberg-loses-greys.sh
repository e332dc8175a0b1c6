#!/usr/bin/env bash
# floyd-steinberg 1.0.6 for Node.js and browsers
# Input: flat greys of 64 x 64 and 200 x 100 px, turned to black and white.
# Expected: as much white as the grey is bright, 12.5 % for a grey of 32; passing the error on to the neighbours is there for that.
# Happens: dark greys lose their white and light ones gain some: 32 becomes black altogether, 64 has 8 % instead of 25 %, 128 has 44 %, and
# 224 has 92 % instead of 88 %. The dark parts of a photograph are black without texture. Its size makes no difference.
# Output seen on 2026-12-01:
#   grey of 32, 12.5 % of white: 0.0 % in 64 x 64, 0.0 % in 200 x 100
#   grey of 64, 25.1 % of white: 8.2 % in 64 x 64, 8.3 % in 200 x 100
#   grey of 96, 37.6 % of white: 25.0 % in 64 x 64, 25.0 % in 200 x 100
#   grey of 128, 50.2 % of white: 43.9 % in 64 x 64, 43.8 % in 200 x 100
#   grey of 224, 87.8 % of white: 91.9 % in 64 x 64, 91.8 % in 200 x 100
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit floyd-steinberg@1.0.6
cat > one.cjs <<'JS'
const assert = require("node:assert");
const dither = require("floyd-steinberg");

function white(grey, width, height) {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < data.length; i += 4) data.set([grey, grey, grey, 255], i);
  const result = dither({ data, width, height }).data.filter((_, i) => i % 4 === 0);
  return (100 * result.filter((value) => value > 127).length) / result.length;
}

for (const grey of [32, 64, 96, 128, 224]) {
  const expected = (100 * grey) / 255;
  const [small, large] = [white(grey, 64, 64), white(grey, 200, 100)];
  const seen = `${small.toFixed(1)} % in 64 x 64, ${large.toFixed(1)} % in 200 x 100`;
  console.log(`grey of ${grey}, ${expected.toFixed(1)} % of white: ${seen}`);
  assert((grey < 192 ? expected - large : large - expected) > 3, "the behaviour has changed");
}
JS
node one.cjs
