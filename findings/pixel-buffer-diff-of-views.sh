#!/usr/bin/env bash
# pixel-buffer-diff 1.4.0 for Node.js (diff); pixelmatch 7.2.0 for comparison
# Input: pages of 40 x 30 px of an image with two: the second page is white in one and black in the other. Pages are views into the samples of all
# (subarray), as decoders give them. The first pages are equal.
# Expected: the second pages differ in 1200 pixels, as when they are copied first; "a drop in replacement for Pixelmatch", says the README, which
# takes any Uint8Array.
# Happens: 0 pixels differ: the beginning of the buffer that a view lies in is compared, which is the first page, wherever the view begins.
# Output seen on 2026-12-01:
#   second pages as views: 0 differ, by pixelmatch 1200
#   second pages as copies: 1200 differ, by pixelmatch 1200
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit pixel-buffer-diff@1.4.0 pixelmatch@7.2.0
cat > one.mjs <<'JS'
import assert from "assert";
import { diff } from "pixel-buffer-diff";
import pixelmatch from "pixelmatch";

const width = 40, height = 30, size = 4 * width * height;
const image = (level) => {
  const samples = new Uint8Array(2 * size).fill(255);
  for (let i = size; i < 2 * size; i += 4) samples.fill(level, i, i + 3);
  return samples;
};
const pages = [image(255), image(0)].map((samples) => samples.subarray(size));
for (const [name, [first, second]] of [["views", pages], ["copies", pages.map((page) => page.slice())]]) {
  const seen = diff(first, second, new Uint8Array(size), width, height, { threshold: 0.03 }).diff;
  const wanted = pixelmatch(first, second, null, width, height);
  console.log(`second pages as ${name}: ${seen} differ, by pixelmatch ${wanted}`);
  assert.equal(wanted, width * height);
  assert.equal(seen, name === "views" ? 0 : width * height, "the behaviour has changed");
}
JS
node one.mjs
