#!/usr/bin/env bash
# image-q 4.0.0 for Node.js and browsers (applyPaletteSync)
# Input: a flat grey of 100, 64 x 64 px, and a palette of black and white; then the same container of points with one method of dithering
# after another.
# Expected: each method works on the grey: 0 % of white by the nearest colour, 39 % by Riemersma's curve.
# Happens: every method writes its result into the points that it was given, though it returns a container. The second one sees the black of
# the first, and methods compared side by side all show the same image. With a fresh container for each they differ.
# Output seen on 2026-12-01:
#   nearest: 0 % of white from a fresh container, 0 % from a shared one, which then holds 0
#   riemersma: 40 % of white from a fresh container, 0 % from a shared one, which then holds 0
#   stucki: 33 % of white from a fresh container, 0 % from a shared one, which then holds 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit image-q@4.0.0
cat > one.mjs <<'JS'
import assert from "node:assert";
import { applyPaletteSync, utils } from "image-q";

const grey = () => utils.PointContainer.fromUint8Array(Uint8Array.from({ length: 64 * 64 * 4 }, (_, i) => (i % 4 < 3 ? 100 : 255)), 64, 64);
const palette = new utils.Palette();
for (const value of [0, 255]) palette.add(utils.Point.createByRGBA(value, value, value, 255));

const shared = grey();
for (const imageQuantization of ["nearest", "riemersma", "stucki"]) {
  const white = (points) => {
    const samples = applyPaletteSync(points, palette, { imageQuantization, colorDistanceFormula: "euclidean" }).toUint8Array();
    return Math.round((100 * samples.filter((value, i) => i % 4 === 0 && value === 255).length) / (64 * 64));
  };
  const [fresh, reused] = [white(grey()), white(shared)];
  const left = [...new Set(shared.toUint8Array().filter((_, i) => i % 4 === 0))].join(" and ");
  console.log(`${imageQuantization}: ${fresh} % of white from a fresh container, ${reused} % from a shared one, which then holds ${left}`);
  assert(left === "0" && reused === 0 && fresh > 30 === (imageQuantization !== "nearest"), "the behaviour has changed");
}
JS
node one.mjs
