#!/usr/bin/env bash
# image-q 4.0.0 for Node.js and browsers (applyPaletteSync with the nine methods of error diffusion, and Riemersma's)
# Input: flat greys of 64 x 64 px, turned to a palette of black and white.
# Expected: as much white as the grey is bright, 78 % for a grey of 200.
# Happens: every kind of error diffusion makes a grey of 32 all black and one of 200 all white; 100, of 39 %, has 33 % or 50 %. Highlights and
# shadows of a scan lose their texture. "riemersma" keeps 32 and 200. Each image has a container of its own here.
# Output seen on 2026-12-01:
#   floyd-steinberg: grey of 13 %: 0 %, 25 %: 24 %, 39 %: 50 %, 78 %: 100 %
#   false-floyd-steinberg: grey of 13 %: 0 %, 25 %: 24 %, 39 %: 50 %, 78 %: 100 %
#   stucki: grey of 13 %: 0 %, 25 %: 10 %, 39 %: 33 %, 78 %: 100 %
#   atkinson: grey of 13 %: 0 %, 25 %: 0 %, 39 %: 33 %, 78 %: 100 %
#   jarvis: grey of 13 %: 0 %, 25 %: 10 %, 39 %: 32 %, 78 %: 100 %
#   burkes: grey of 13 %: 0 %, 25 %: 16 %, 39 %: 33 %, 78 %: 100 %
#   sierra: grey of 13 %: 0 %, 25 %: 10 %, 39 %: 33 %, 78 %: 100 %
#   two-sierra: grey of 13 %: 0 %, 25 %: 16 %, 39 %: 33 %, 78 %: 100 %
#   sierra-lite: grey of 13 %: 0 %, 25 %: 25 %, 39 %: 50 %, 78 %: 100 %
#   riemersma: grey of 13 %: 13 %, 25 %: 25 %, 39 %: 40 %, 78 %: 79 %
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit image-q@4.0.0
cat > one.mjs <<'JS'
import assert from "node:assert";
import { applyPaletteSync, utils } from "image-q";

const palette = new utils.Palette();
for (const value of [0, 255]) palette.add(utils.Point.createByRGBA(value, value, value, 255));

function white(value, imageQuantization) {
  const grey = Uint8Array.from({ length: 64 * 64 * 4 }, (_, i) => (i % 4 < 3 ? value : 255));
  const points = utils.PointContainer.fromUint8Array(grey, 64, 64);
  const samples = applyPaletteSync(points, palette, { imageQuantization, colorDistanceFormula: "euclidean" }).toUint8Array();
  return Math.round((100 * samples.filter((sample, i) => i % 4 === 0 && sample === 255).length) / (64 * 64));
}

const diffusion = ["floyd-steinberg", "false-floyd-steinberg", "stucki", "atkinson", "jarvis", "burkes", "sierra", "two-sierra", "sierra-lite"];
for (const method of [...diffusion, "riemersma"]) {
  const greys = [32, 64, 100, 200];
  const seen = greys.map((value) => white(value, method));
  console.log(`${method}: grey of ${greys.map((value, i) => `${Math.round(value / 2.55)} %: ${seen[i]} %`).join(", ")}`);
  assert.equal(seen[0] === 0 && seen[3] === 100, method !== "riemersma", "the behaviour has changed");
}
JS
node one.mjs
