#!/usr/bin/env bash
# @allmaps/iiif-parser 1.0.0-beta.49 (Image.getImageUrl)
# Input: an image service of 4000 x 3000 that gives at most 1000 px in width, and a request for a part of 100 x 200, whose size is left
# out, as the parameter allows.
# Expected: the address of that part at its own size, as without maxWidth: 100 px are less than 1000.
# Happens: an error says that 4000 is too large: the whole image is measured instead of the part. With the size given it works.
# Output seen on 2026-11-30:
#   maxWidth none, part: https://example.org/image/10,20,100,200/max/0/default.jpg
#   maxWidth none, part and size: https://example.org/image/10,20,100,200/100,200/0/default.jpg
#   maxWidth 1000, part: Error: Width of requested image is too large: 4000 > 1000
#   maxWidth 1000, part and size: https://example.org/image/10,20,100,200/100,200/0/default.jpg
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit @allmaps/iiif-parser@1.0.0-beta.49
cat > one.mjs <<'JS'
import assert from "node:assert";
import { Image } from "@allmaps/iiif-parser";

const info = {
  "@context": "http://iiif.io/api/image/3/context.json",
  id: "https://example.org/image",
  type: "ImageService3",
  protocol: "http://iiif.io/api/image",
  profile: "level2",
  width: 4000,
  height: 3000,
};
const region = { x: 10, y: 20, width: 100, height: 200 };
for (const limit of [undefined, 1000]) {
  const image = Image.parse(limit ? { ...info, maxWidth: limit } : info);
  for (const [name, request] of [
    ["part", { region }],
    ["part and size", { region, size: { width: 100, height: 200 } }],
  ]) {
    let seen;
    try {
      seen = image.getImageUrl(request);
    } catch (error) {
      seen = String(error);
    }
    console.log(`maxWidth ${limit ?? "none"}, ${name}: ${seen}`);
    assert(seen.startsWith("Error: Width") === (limit === 1000 && name === "part"), "the behaviour has changed");
  }
}
JS
node one.mjs
