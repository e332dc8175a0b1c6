#!/usr/bin/env bash
# @iiif/parser 2.2.10 for Node.js and browsers (parseImageServiceRequest, imageServiceRequestToString)
# Input: addresses of IIIF's Image API with the forms of size that it defines, parsed and printed as the manual shows it; then
# printed with a service of version 2 and of version 3.
# Expected: the same addresses.
# Happens: heights are left out: "!200,200" becomes "!200,", "300,400" becomes "300," and ",100" a bare comma, which is no size; a comma
# comes after "pct:50" in any case. With a service of version 3 the heights stay. A server refuses the image or sends another size.
# Output seen on 2026-11-30:
#   max: printed as max, with a service of version 2 as full, of version 3 as max
#   200,: printed as 200,, with a service of version 2 as 200,, of version 3 as 200,178
#   ,100: printed as ,, with a service of version 2 as ,, of version 3 as ,100
#   !200,200: printed as !200,, with a service of version 2 as !200,, of version 3 as !200,200
#   300,400: printed as 300,, with a service of version 2 as 300,, of version 3 as 300,400
#   pct:50: printed as pct:50,, with a service of version 2 as pct:50,, of version 3 as pct:50,
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit @iiif/parser@2.2.10
cat > one.mjs <<'JS'
import assert from "node:assert";
import { imageServiceRequestToString, parseImageServiceRequest } from "@iiif/parser/image-3";

const id = "https://example.org/iiif/mural";
const context = "http://iiif.io/api/image";
const second = { "@context": `${context}/2/context.json`, "@id": id, profile: `${context}/2/level2.json`, width: 900, height: 800 };
const third = { "@context": `${context}/3/context.json`, id, type: "ImageService3", profile: "level2", width: 900, height: 800 };
for (const size of ["max", "200,", ",100", "!200,200", "300,400", "pct:50"]) {
  const request = parseImageServiceRequest(`${id}/full/${size}/0/default.jpg`, "iiif");
  const printed = [undefined, second, third].map((service) => imageServiceRequestToString(request, service).split("/").at(-3));
  console.log(`${size}: printed as ${printed[0]}, with a service of version 2 as ${printed[1]}, of version 3 as ${printed[2]}`);
  assert.equal(printed[0] === size, ["max", "200,"].includes(size), "the behaviour has changed");
  if (size.includes(",")) assert(/,\d+$/.test(printed[2]), "the behaviour has changed");
}
JS
node one.mjs
