#!/usr/bin/env bash
# @turf/turf 7.4.0 (unkinkPolygon)
# Input: a square of 10 x 10 with a square hole of 3 x 3, which crosses itself nowhere.
# Expected: the polygon as it is, since "unkinkPolygon" returns polygons without kinks and there are none.
# Happens: two polygons of one ring each: the whole square, and the hole as a shape of its own, with nothing that says so. The sound rest
# inside a ring of damage becomes damage, and the sum of the areas is 109 instead of 91.
# Output seen on 2026-12-01:
#   before: 0 kinks, area 91
#   after: 1 ring, area 100, properties {}
#   after: 1 ring, area 9, properties {}
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit @turf/turf@7.4.0
cat > one.mjs <<'JS'
import assert from "node:assert";
import { kinks, polygon, unkinkPolygon } from "@turf/turf";

const square = (at, size) => [[at, at], [at + size, at], [at + size, at + size], [at, at + size], [at, at]];
const shape = polygon([square(0, 10), square(2, 3).reverse()]);
const area = (ring) => ring.slice(1).reduce((sum, [x, y], i) => sum + (ring[i][0] * y - x * ring[i][1]) / 2, 0);
const sum = (rings) => rings.reduce((all, ring, i) => all + (i ? -1 : 1) * Math.abs(area(ring)), 0);
console.log(`before: ${kinks(shape).features.length} kinks, area ${sum(shape.geometry.coordinates)}`);
const parts = unkinkPolygon(shape).features;
for (const { geometry, properties } of parts) {
  console.log(`after: ${geometry.coordinates.length} ring, area ${sum(geometry.coordinates)}, properties ${JSON.stringify(properties)}`);
}
assert.equal(parts.length, 2, "the behaviour has changed");
assert.equal(parts.reduce((all, part) => all + sum(part.geometry.coordinates), 0), 109, "the behaviour has changed");
JS
node one.mjs
