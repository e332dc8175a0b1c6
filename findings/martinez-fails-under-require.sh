#!/usr/bin/env bash
# martinez-polygon-clipping 0.8.1 for Node.js and browsers
# Input: two overlapping squares, united, intersected and subtracted, by require() and by import.
# Expected: the same outlines both ways; the package names a file for each.
# Happens: under require() every operation raises "Y is not a constructor", as the file for it takes a helper package in a form that it does
# not have. By import they are right, but points where the squares touched stay on straight edges: 9 points for a rectangle of 5.
# Output seen on 2026-12-01:
#   require, union: TypeError: Y is not a constructor
#   require, intersection: TypeError: Y is not a constructor
#   require, diff: TypeError: Y is not a constructor
#   import, union: 9 points of area 2
#   import, intersection: 5 points of area 0.5
#   import, diff: 5 points of area 0.5
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit martinez-polygon-clipping@0.8.1 splaytree@0.1.4
cat > one.mjs <<'JS'
import assert from "node:assert";
import { createRequire } from "node:module";
import * as imported from "martinez-polygon-clipping";

const required = createRequire(import.meta.url)("martinez-polygon-clipping");
const rectangle = (left, right) => [[[left, 0], [right, 0], [right, 1], [left, 1], [left, 0]]];
for (const [name, clipping] of [["require", required], ["import", imported]]) {
  for (const operation of ["union", "intersection", "diff"]) {
    let seen;
    try {
      const [[outline]] = clipping[operation](rectangle(0, 1), rectangle(0.5, 2));
      const area = outline.slice(1).reduce((sum, [x, y], i) => sum + (outline[i][0] * y - outline[i][1] * x) / 2, 0);
      seen = `${outline.length} points of area ${Math.abs(area)}`;
    } catch (error) {
      seen = String(error);
    }
    console.log(`${name}, ${operation}: ${seen}`);
    assert.equal(seen.endsWith("is not a constructor"), name === "require", "the behaviour has changed");
  }
}
JS
node one.mjs
