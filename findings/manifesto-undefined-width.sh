#!/usr/bin/env bash
# manifesto.js 4.3.5 (Canvas.getCanonicalImageUri)
# Input: a IIIF manifest of version 2 or 3 with one image of 4000 x 3000 and its image service.
# Expected: without its optional width, the address of the full image: "full", "max" or 4000 as its size.
# Happens: the size is "undefined,", which no server knows. With a width the address is right.
# Output seen on 2026-11-30:
#   version 2: https://example.org/image/full/undefined,/0/default.jpg; of width 400: https://example.org/image/full/400,/0/default.jpg
#   version 3: https://example.org/image/full/undefined,/0/default.jpg; of width 400: https://example.org/image/full/400,/0/default.jpg
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit manifesto.js@4.3.5
cat > one.mjs <<'JS'
import assert from "node:assert";
import manifesto from "manifesto.js";

const id = "https://example.org";
const image = { width: 4000, height: 3000 };
const second = {
  "@context": "http://iiif.io/api/image/2/context.json",
  "@id": `${id}/image`,
  profile: "http://iiif.io/api/image/2/level1.json",
};
const resource = { "@id": `${id}/image/full/full/0/default.jpg`, "@type": "dctypes:Image", ...image, service: second };
const on = `${id}/canvas`;
const painted = { "@type": "oa:Annotation", motivation: "sc:painting", on, resource };
const canvas = { "@id": on, "@type": "sc:Canvas", label: "1", ...image, images: [painted] };
const body = {
  id: `${id}/image/full/max/0/default.jpg`,
  type: "Image",
  ...image,
  service: [{ id: `${id}/image`, type: "ImageService3", profile: "level2" }],
};
const annotation = { id: `${id}/annotation`, type: "Annotation", motivation: "painting", target: on, body };
const page = { id: `${id}/page`, type: "AnnotationPage", items: [annotation] };
const manifests = {
  "version 2": {
    "@context": "http://iiif.io/api/presentation/2/context.json",
    "@id": `${id}/manifest`,
    "@type": "sc:Manifest",
    label: "one",
    sequences: [{ "@type": "sc:Sequence", canvases: [canvas] }],
  },
  "version 3": {
    "@context": "http://iiif.io/api/presentation/3/context.json",
    id: `${id}/manifest`,
    type: "Manifest",
    label: { en: ["one"] },
    items: [{ id: on, type: "Canvas", ...image, items: [page] }],
  },
};
for (const [version, manifest] of Object.entries(manifests)) {
  const [first] = manifesto.parseManifest(manifest).getSequences()[0].getCanvases();
  const [full, small] = [first.getCanonicalImageUri(), first.getCanonicalImageUri(400)];
  console.log(`${version}: ${full}; of width 400: ${small}`);
  assert(full.includes("/full/undefined,/") && small.includes("/full/400,/"), "the behaviour has changed");
}
JS
node one.mjs
