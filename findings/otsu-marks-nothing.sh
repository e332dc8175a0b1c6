#!/usr/bin/env bash
# otsu 0.0.5 for Node.js
# Input: scans of two tones, and of ink and paper with some noise.
# Expected: a threshold that parts the tones, used as the README has it: intensity.map(e => (e > t ? 1 : 0)).
# Happens: the threshold is the first level of the light class instead of the last of the dark one, so that "e > t" leaves out a whole level:
# of two tones nothing is marked, and of noisy paper the darkest of its levels becomes ink.
# Output seen on 2026-12-01:
#   10 and 200: threshold 200, 0 of 100 light pixels marked
#   0 and 255: threshold 255, 0 of 100 light pixels marked
#   254 and 255: threshold 255, 0 of 100 light pixels marked
#   20, 21, 22 and 200, 201, 202: threshold 200, 66 of 99 light pixels marked
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit otsu@0.0.5
cat > one.js <<'JS'
const assert = require("assert");
const otsu = require("otsu").default;

for (const [dark, light] of [[[10], [200]], [[0], [255]], [[254], [255]], [[20, 21, 22], [200, 201, 202]]]) {
  const times = Math.floor(100 / light.length);
  const image = Array.from({ length: times }, () => [...dark, ...light]).flat();
  const threshold = otsu(image);
  const marked = image.filter((level) => level > threshold);
  console.log(`${dark.join(", ")} and ${light.join(", ")}: threshold ${threshold}, ` +
    `${marked.length} of ${times * light.length} light pixels marked`);
  assert.equal(threshold, light[0], "the behaviour has changed");
  assert.equal(marked.length, times * (light.length - 1), "the behaviour has changed");
}
JS
node one.js
