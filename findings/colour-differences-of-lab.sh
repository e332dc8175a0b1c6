#!/usr/bin/env bash
# culori 4.0.2 (differenceCiede2000) and chroma-js 3.2.0 (deltaE) for Node.js and browsers; colorjs.io 0.7.1 for comparison
# Input: pairs of Lab colours from the test data of Sharma, Wu and Dalal, with their CIEDE2000, given as Lab.
# Expected: their values: CIEDE2000 is defined on the two Lab colours, as an instrument measures them.
# Happens: culori brings "lab" colours from D50 to D65 first, which changes differences by up to 13 % ("lab65" is exact). chroma-js
# cuts Lab colours to sRGB first: pairs of deep blues, as pigments have them, come out a third as large.
# Output seen on 2026-11-30:
#   2.0425: culori 1.8566 of "lab", 2.0425 of "lab65"; chroma-js 0.6690; colorjs.io 2.0425
#   3.4412: culori 3.0074 of "lab", 3.4412 of "lab65"; chroma-js 1.3680; colorjs.io 3.4412
#   4.3065: culori 3.9586 of "lab", 4.3065 of "lab65"; chroma-js 4.3065; colorjs.io 4.3065
#   1.2644: culori 1.2267 of "lab", 1.2644 of "lab65"; chroma-js 1.2644; colorjs.io 1.2644
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit culori@4.0.2 chroma-js@3.2.0 colorjs.io@0.7.1
cat > one.mjs <<'JS'
import assert from "node:assert";
import chroma from "chroma-js";
import Color from "colorjs.io";
import { differenceCiede2000 } from "culori";

const pairs = [
  [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
  [[50, 2.8361, -74.02], [50, 0, -82.7485], 3.4412],
  [[50, 2.5, 0], [50, 0, -2.5], 4.3065],
  [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644],
];
const difference = differenceCiede2000();
for (const [first, second, known] of pairs) {
  const by = (mode) => difference({ mode, l: first[0], a: first[1], b: first[2] }, { mode, l: second[0], a: second[1], b: second[2] });
  const byChroma = chroma.deltaE(chroma.lab(...first), chroma.lab(...second));
  const byColorjs = new Color("lab", first).deltaE(new Color("lab", second), "2000");
  const shown = [by("lab"), by("lab65"), byChroma, byColorjs].map((one) => one.toFixed(4));
  console.log(`${known}: culori ${shown[0]} of "lab", ${shown[1]} of "lab65"; chroma-js ${shown[2]}; colorjs.io ${shown[3]}`);
  assert(Math.abs(byColorjs - known) < 1e-3 && Math.abs(by("lab65") - known) < 1e-3, "the behaviour has changed");
  assert(Math.abs(by("lab") - known) > 0.02, "the behaviour has changed");
  assert.equal(Math.abs(byChroma - known) > 1, first[2] < -70, "the behaviour has changed");
}
JS
node one.mjs
