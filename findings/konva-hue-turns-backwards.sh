#!/usr/bin/env bash
# konva 10.9.1 for Node.js and browsers (Konva.Filters.HSV and HSL), run on image data
# Input: pure red, green and blue with a hue of 120.
# Expected: red becomes greenish, green bluish and blue reddish: hues are counted from red by green to blue, and "hue-rotate(120deg)" of CSS
# turns that way too (Filter Effects Module Level 1, section 9.4).
# Happens: red becomes blue, green red and blue green: both filters turn the other way round. A stain that is to be matched to its
# surroundings by a small turn gets further from them.
# Output seen on 2026-12-01:
#   HSV, red by 120 degrees: 24 42 255, mostly blue
#   HSV, green by 120 degrees: 255 105 0, mostly red
#   HSV, blue by 120 degrees: 0 108 0, mostly green
#   HSL, red by 120 degrees: 24 42 255, mostly blue
#   HSL, green by 120 degrees: 255 105 0, mostly red
#   HSL, blue by 120 degrees: 0 108 0, mostly green
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit konva@10.9.1
cat > one.mjs <<'JS'
import assert from "node:assert";
import Konva from "konva";

const hues = { red: [255, 0, 0], green: [0, 255, 0], blue: [0, 0, 255] };
const names = Object.keys(hues);
for (const filter of ["HSV", "HSL"]) {
  for (const [index, name] of names.entries()) {
    const image = { width: 1, height: 1, data: Uint8ClampedArray.from([...hues[name], 255]) };
    Konva.Filters[filter].call({ hue: () => 120, saturation: () => 0, value: () => 0, luminance: () => 0 }, image);
    const result = [...image.data.slice(0, 3)];
    const strongest = names[result.indexOf(Math.max(...result))];
    console.log(`${filter}, ${name} by 120 degrees: ${result.join(" ")}, mostly ${strongest}`);
    assert.equal(strongest, names[(index + 2) % 3], "the behaviour has changed");
  }
}
JS
node one.mjs
