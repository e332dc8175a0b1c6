#!/usr/bin/env bash
# concaveman 2.0.0 for Node.js and browsers
# Input: the pixels of a disc of radius 8, as points, with the default concavity of 2 and with 1.5 and 1, which follow the points more
# closely.
# Expected: an outline with every point inside or on it.
# Happens: at 1.5 and 1 a pixel next to the right edge lies outside, by 0.71 and 1 px, as the outline runs in behind it. A mask drawn from it
# has a notch. hull.js 1.0.6 keeps all.
# Output seen on 2026-12-01:
#   concaveman, 1: 1 of 197 pixels outside at (22, 14) by 1.00 px
#   concaveman, 1.5: 1 of 197 pixels outside at (22, 14) by 0.71 px
#   concaveman, 2: 0 of 197 pixels outside
#   hull.js, 1.5: 0 of 197 pixels outside
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit concaveman@2.0.0 hull.js@1.0.6
cat > one.mjs <<'JS'
import assert from "node:assert";
import { createRequire } from "node:module";
import concaveman from "concaveman";

const hull = createRequire(import.meta.url)("hull.js");
const points = [];
for (let y = 7; y <= 23; y++) for (let x = 7; x <= 23; x++) if ((x - 15) ** 2 + (y - 15) ** 2 <= 64) points.push([x, y]);

function outside([x, y], outline) {
  let [within, least] = [false, Infinity];
  outline.forEach(([x1, y1], i) => {
    const [x0, y0] = outline[(i || outline.length) - 1];
    const [dx, dy] = [x1 - x0, y1 - y0];
    if (y0 > y !== y1 > y && x < x0 + (dx * (y - y0)) / dy) within = !within;
    const along = Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
    least = Math.min(least, Math.hypot(x - x0 - along * dx, y - y0 - along * dy));
  });
  return within ? 0 : least;
}

const copy = () => points.map((point) => [...point]);
const outlines = [1, 1.5, 2].map((concavity) => [`concaveman, ${concavity}`, concaveman(copy(), concavity), concavity < 2]);
for (const [name, outline, fails] of [...outlines, ["hull.js, 1.5", hull(copy(), 1.5), false]]) {
  const out = points.filter((point) => outside(point, outline) > 1e-9);
  const places = out.map((point) => ` at (${point.join(", ")}) by ${outside(point, outline).toFixed(2)} px`).join("");
  console.log(`${name}: ${out.length} of ${points.length} pixels outside${places}`);
  assert.equal(out.length > 0, fails, "the behaviour has changed");
}
JS
node one.mjs
