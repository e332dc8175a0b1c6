#!/usr/bin/env bash
# @iiif/parser 2.2.10 for Node.js and browsers (upgrade, from Presentation API 2 to 3)
# Input: a manifest of version 2 whose canvas is painted with a part of an image (oa:SpecificResource with an ImageApiSelector), and
# carries a comment in words (cnt:ContentAsText).
# Expected: a body with the image and the part as source and selector, and a TextualBody whose value is the comment.
# Happens: the painted body has neither source nor selector, so that the canvas is empty. The comment stays under "chars", a name of
# version 2 that version 3 does not have; with a format its type is "Text". No warning is given.
# Output seen on 2026-11-30:
#   painted: {"id":"https://example.org/part","type":"SpecificResource"}
#   comment: {"type":"TextualBody","chars":"a crack"}
#   comment: {"type":"Text","format":"text/plain","chars":"a crack"}
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit @iiif/parser@2.2.10
cat > one.mjs <<'JS'
import assert from "node:assert";
import { upgrade } from "@iiif/parser/upgrader";

const at = "https://example.org/";
const on = `${at}canvas#xywh=0,0,50,60`;
const part = {
  "@id": `${at}part`,
  "@type": "oa:SpecificResource",
  full: { "@id": `${at}mural.jpg`, "@type": "dctypes:Image", width: 800, height: 900 },
  selector: { "@type": "iiif:ImageApiSelector", region: "5,6,50,60" },
};
const painting = { "@type": "oa:Annotation", motivation: "sc:painting", resource: part, on };
const comments = [undefined, "text/plain"].map((format, index) => ({
  "@id": `${at}comment${index}`,
  "@type": "oa:Annotation",
  motivation: "oa:commenting",
  resource: { "@type": "cnt:ContentAsText", format, chars: "a crack" },
  on,
}));
const canvas = {
  "@id": `${at}canvas`,
  "@type": "sc:Canvas",
  label: "1",
  width: 50,
  height: 60,
  images: [painting],
  otherContent: [{ "@id": `${at}list`, "@type": "sc:AnnotationList", resources: comments }],
};
const manifest = {
  "@context": "http://iiif.io/api/presentation/2/context.json",
  "@id": `${at}manifest`,
  "@type": "sc:Manifest",
  label: "Mural",
  sequences: [{ "@type": "sc:Sequence", canvases: [canvas] }],
};
const [upgraded] = upgrade(manifest).items;
const painted = upgraded.items[0].items[0].body;
console.log("painted:", JSON.stringify(painted));
assert(!("source" in painted) && !("selector" in painted), "the behaviour has changed");
for (const { body } of upgraded.annotations[0].items) {
  console.log("comment:", JSON.stringify({ ...body, id: undefined }));
  assert(body.chars === "a crack" && !("value" in body), "the behaviour has changed");
}
JS
node one.mjs
