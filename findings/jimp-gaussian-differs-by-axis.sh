#!/usr/bin/env bash
# jimp 1.6.1 for Node.js and browsers (gaussian)
# Input: a square of 20 px in the middle of 80 x 80 px, and an edge, upright and level, blurred with radius 1 and 3.
# Expected: the centre stays where it was, and the level edge is blurred like the upright one.
# Happens: along columns the blur is another one, and lopsided: with radius 1 the square moves down by 0.45 px, and the profile of a
# level edge is not that of an upright one by up to 28 of 240 levels. blur() does neither.
# Output seen on 2026-11-30:
#   radius 1: the centre moves by 0.00 px in x and 0.45 px in y; by blur 0.00 and 0.00
#   radius 3: the centre moves by 0.00 px in x and 0.07 px in y; by blur 0.00 and 0.00
#   upright edge: 12, 19, 29, 43, 62, 86, 113, 137, 160, 180, 197, 210
#   level edge:   3, 8, 18, 34, 59, 93, 135, 163, 177, 190, 200, 209
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit jimp@1.6.1
cat > one.mjs <<'JS'
import assert from "node:assert";
import { Jimp } from "jimp";

const side = 80;

function image(bright) {
  const made = new Jimp({ width: side, height: side, color: 0x000000ff });
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) if (bright(x, y)) made.bitmap.data.fill(240, 4 * (y * side + x), 4 * (y * side + x) + 3);
  return made;
}

const grey = (made) => Array.from(made.bitmap.data).filter((_, index) => index % 4 === 0);
const square = () => image((x, y) => Math.min(x, y) >= 30 && Math.max(x, y) < 50);

function moved(made) {
  const samples = grey(made);
  const sum = samples.reduce((total, sample) => total + sample);
  const mean = (place) => samples.reduce((total, sample, index) => total + sample * place(index), 0) / sum - 39.5;
  return [mean((index) => index % side), mean((index) => Math.floor(index / side))];
}

for (const radius of [1, 3]) {
  const [gaussian, blur] = [moved(square().gaussian(radius)), moved(square().blur(radius))];
  const words = [gaussian, blur].map((move) => move.map((part) => (Math.abs(part) < 0.005 ? 0 : part).toFixed(2)));
  console.log(`radius ${radius}: the centre moves by ${words[0][0]} px in x and ${words[0][1]} px in y; by blur ${words[1][0]} and ${words[1][1]}`);
  assert.ok(Math.abs(gaussian[0]) < 0.01 && gaussian[1] > 0.05 && blur.every((part) => Math.abs(part) < 0.01), "the behaviour has changed");
}
const upright = grey(image((x) => x >= 40).gaussian(3)).slice(40 * side + 33, 40 * side + 45);
const level = grey(image((_, y) => y >= 40).gaussian(3)).filter((_, index) => index % side === 40).slice(33, 45);
console.log(`upright edge: ${upright.join(", ")}\nlevel edge:   ${level.join(", ")}`);
assert.ok(Math.max(...upright.map((sample, index) => Math.abs(sample - level[index]))) > 20, "the behaviour has changed");
JS
node one.mjs
