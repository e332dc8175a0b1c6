#!/usr/bin/env bash
# Annotorious 3.8.10 (@annotorious/annotorious, W3CImageFormat), IIIF's usual annotation editor
# Input: a W3C annotation whose SvgSelector holds a polygon of three points, with the coordinates separated by commas and blanks,
# by blanks alone, by commas alone, and on lines of their own.
# Expected: the same three points: SVG allows blanks, commas or both between any two numbers.
# Happens: only "x,y x,y" is understood. Without commas there are six points of one coordinate, with bounds of NaN; without blanks one
# point of six. No error is raised, and the annotation of a loss has no area.
# Output seen on 2026-11-30:
#   "1,2 30,4 5,60": points [[1,2],[30,4],[5,60]], bounds 1 2 30 60
#   "1 2 30 4 5 60": points [[1],[2],[30],[4],[5],[60]], bounds 1 NaN 60 NaN
#   "1,2,30,4,5,60": points [[1,2,30,4,5,60]], bounds 1 2 1 2
#   "1,2\n30,4\n5,60": points [[1,2,4,60]], bounds 1 2 1 2
#   "1, 2 30, 4 5, 60": points [[1,null],[2],[30,null],[4],[5,null],[60]], bounds 1 NaN 60 NaN
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit @annotorious/annotorious@3.8.10
cat > one.mjs <<'JS'
import assert from "node:assert";
import { W3CImageFormat } from "@annotorious/annotorious";

const format = W3CImageFormat("https://example.org/image.jpg");
for (const points of ["1,2 30,4 5,60", "1 2 30 4 5 60", "1,2,30,4,5,60", "1,2\n30,4\n5,60", "1, 2 30, 4 5, 60"]) {
  const selector = { type: "SvgSelector", value: `<svg><polygon points="${points}"/></svg>` };
  const target = { source: "https://example.org/image.jpg", selector };
  const { parsed } = format.parse({ id: "#one", type: "Annotation", body: [], target });
  const { geometry } = parsed.target.selector;
  const { minX, minY, maxX, maxY } = geometry.bounds;
  console.log(`${JSON.stringify(points)}: points ${JSON.stringify(geometry.points)}, bounds ${minX} ${minY} ${maxX} ${maxY}`);
  const right = JSON.stringify(geometry.points) === "[[1,2],[30,4],[5,60]]";
  if (points === "1,2 30,4 5,60") assert(right, "the behaviour has changed");
  if (points === "1 2 30 4 5 60") assert(!right, "the behaviour has changed");
}
JS
node one.mjs
