#!/usr/bin/env bash
# potrace 2.1.8 for Node.js (trace)
# Input: masks of 20 x 20 px: black all over, the upper half, the lower half, a frame of 2 px, and the left half and a square for comparison.
# Expected: outlines that end at the edge of the image, 20, and hold as many pixel centres as the mask has pixels.
# Happens: shapes that reach from the left edge to the right one go on beyond it, to 21.1, and have crescents cut out of their rows: of 400
# pixels 388 are inside. Places right of the image are read from the next row. A mask that covers a whole page leaves parts of it out, and
# the scratches that most often cross a film are of that kind.
# Output seen on 2026-12-01:
#   all black: right end 21.07, 388 of 400 pixel centres inside
#   upper half: right end 21.11, 194 of 200 pixel centres inside
#   lower half: right end 21.09, 194 of 200 pixel centres inside
#   frame: right end 21.07, 132 of 144 pixel centres inside
#   left half: right end 10.00, 200 of 200 pixel centres inside
#   square: right end 15.00, 100 of 100 pixel centres inside
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit potrace@2.1.8 pngjs@7.0.0 paper@0.12.20
cat > one.js <<'JS'
const assert = require("assert");
const potrace = require("potrace");
const { PNG } = require("pngjs");
const paper = require("paper/dist/paper-core");

paper.setup(new paper.Size(20, 20));
const masks = {
  "all black": () => true,
  "upper half": (x, y) => y < 10,
  "lower half": (x, y) => y >= 10,
  frame: (x, y) => x < 2 || y < 2 || x >= 18 || y >= 18,
  "left half": (x) => x < 10,
  square: (x, y) => x >= 5 && x < 15 && y >= 5 && y < 15,
};
const pixels = Array.from({ length: 400 }, (_, i) => [i % 20, Math.floor(i / 20)]);

(async () => {
  for (const [name, marked] of Object.entries(masks)) {
    const png = new PNG({ width: 20, height: 20 });
    pixels.forEach(([x, y], i) => png.data.set(marked(x, y) ? [0, 0, 0, 255] : [255, 255, 255, 255], 4 * i));
    const svg = await new Promise((done, failed) => {
      potrace.trace(PNG.sync.write(png), { turdSize: 0 }, (error, text) => (error ? failed(error) : done(text)));
    });
    const outline = new paper.CompoundPath(svg.match(/ d="([^"]*)"/)[1]);
    outline.fillRule = "evenodd";
    const count = pixels.filter(([x, y]) => marked(x, y)).length;
    const inside = pixels.filter(([x, y]) => outline.contains([x + 0.5, y + 0.5])).length;
    console.log(`${name}: right end ${outline.bounds.right.toFixed(2)}, ${inside} of ${count} pixel centres inside`);
    const fullWidth = !["left half", "square"].includes(name);
    assert.equal(outline.bounds.right > 20.5, fullWidth, "the behaviour has changed");
    assert.equal(inside < count, fullWidth, "the behaviour has changed");
  }
})();
JS
node one.js
