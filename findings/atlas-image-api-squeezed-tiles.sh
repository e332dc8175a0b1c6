#!/usr/bin/env bash
# @atlas-viewer/iiif-image-api 2.2.2 (parseImageServiceRequest, imageServiceRequestToString)
# Input: requests for parts of an image of 4000 x 3000 at an image service of version 3, parsed and printed again.
# Expected: the same requests: a tile of 512 x 512 stays one.
# Happens: the height of each size follows from the whole image instead of the region, so tiles and parts are asked for with another
# shape and come back squeezed. A scale in per cent gets a comma, which makes it invalid. Requests for the whole image are right.
# Output seen on 2026-11-30:
#   0,0,512,512/512,512/0/default.jpg: printed 0,0,512,512/512,384/0/default.jpg
#   0,0,300,600/150,300/0/default.jpg: printed 0,0,300,600/150,113/0/default.jpg
#   square/200,200/0/default.jpg: printed square/200,150/0/default.jpg
#   full/pct:25/0/default.jpg: printed full/pct:25,/0/default.jpg
#   full/400,300/0/default.jpg: printed full/400,300/0/default.jpg
#   0,0,300,600/max/0/default.jpg: printed 0,0,300,600/max/0/default.jpg
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit @atlas-viewer/iiif-image-api@2.2.2
cat > one.mjs <<'JS'
import assert from "node:assert";
import { imageServiceRequestToString, parseImageServiceRequest } from "@atlas-viewer/iiif-image-api";

const service = {
  "@context": "http://iiif.io/api/image/3/context.json",
  id: "https://example.org/image",
  type: "ImageService3",
  protocol: "http://iiif.io/api/image",
  profile: "level2",
  width: 4000,
  height: 3000,
};
for (const [size, same] of [
  ["0,0,512,512/512,512", false],
  ["0,0,300,600/150,300", false],
  ["square/200,200", false],
  ["full/pct:25", false],
  ["full/400,300", true],
  ["0,0,300,600/max", true],
]) {
  const request = `${size}/0/default.jpg`;
  const parsed = parseImageServiceRequest(`${service.id}/${request}`, "");
  const printed = imageServiceRequestToString(parsed, service).replace(`${service.id}/`, "");
  console.log(`${request}: printed ${printed}`);
  assert((printed === request) === same, "the behaviour has changed");
}
JS
node one.mjs
