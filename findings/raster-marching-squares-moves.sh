#!/usr/bin/env bash
# raster-marching-squares 0.1.3 for Node.js (isobands, isolines)
# Input: a mask of 40 x 30 px with a disc and one with a single pixel, with geotransforms of 1 and of 10 units a pixel.
# Expected: outlines in the place of the pixels: by GDAL's data model, which the README names, a geotransform gives the place of a pixel's upper left
# corner, so that the middle of pixel (15, 14) lies at 15.5, 14.5.
# Happens: all outlines lie half a pixel too far to the left and to the top; drawn over the image, or burnt into a mask again, they are moved.
# Output seen on 2026-12-01:
#   disc at 15, 14; 1 unit a pixel: middle of the band 15 14, expected 15.5 14.5
#   disc at 15, 14; 10 units a pixel: middle of the band 150 140, expected 155 145
#   pixel at 15, 14; 1 unit a pixel: middle of the band 15 14, expected 15.5 14.5
#   pixel at 15, 14; 10 units a pixel: middle of the band 150 140, expected 155 145
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit raster-marching-squares@0.1.3
cat > one.js <<'JS'
const assert = require("assert");
const { isobands, isolines } = require("raster-marching-squares");

const shapes = { disc: 64, pixel: 0 };
for (const [name, square] of Object.entries(shapes)) {
  const mask = Array.from({ length: 30 }, (_, y) => Array.from({ length: 40 }, (_, x) => ((x - 15) ** 2 + (y - 14) ** 2 <= square ? 1 : 0)));
  for (const unit of [1, 10]) {
    const transform = [0, unit, 0, 0, 0, unit];
    const middle = (collection) => {
      const points = collection.features[0].geometry.coordinates.flat(Infinity);
      const axis = (first) => points.filter((_, i) => i % 2 === first);
      return [0, 1].map((first) => (Math.min(...axis(first)) + Math.max(...axis(first))) / 2);
    };
    const band = middle(isobands(mask, transform, [0.5, 2])), line = middle(isolines(mask, transform, [0.5]));
    const expected = [15.5 * unit, 14.5 * unit];
    console.log(`${name} at 15, 14; ${unit} unit${unit > 1 ? "s" : ""} a pixel: middle of the band ${band.join(" ")}, expected ${expected.join(" ")}`);
    assert.deepEqual(band, [15 * unit, 14 * unit], "the behaviour has changed");
    assert.deepEqual(line, band);
  }
}
JS
node one.js
