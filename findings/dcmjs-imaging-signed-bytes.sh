#!/usr/bin/env bash
# dcmjs-imaging 0.2.5 for Node.js and browsers (DicomImage.render); files are written by pydicom 3.0.2
# Input: ramps of 36 grey values as DICOM without a window: unsigned 8 bits, signed 8 and 16 bits; a ramp with a window of 256 around 128; and
# flat images.
# Expected: a ramp from black to white each time; with that window, bytes as they are; flat images somewhere between black and white.
# Happens: the darkest half of signed 8 bits is white, and black is in the middle, as negative values are read as 128 to 255; 16 bits are
# right. With the window, 5 of 36 values are a level lower. Flat images are white, those of 0 too.
# Output seen on 2026-12-01:
#   unsigned 8 bits: 0 43 87 131 175 219 255
#   signed 8 bits: 255 255 255 255 73 162 236
#   signed 16 bits: 0 43 87 131 174 218 255
#   window of 256: 5 of 36 values a level lower, 31 right
#   flat of 0: shown as 255
#   flat of 100: shown as 255
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile pydicom==3.0.2 numpy==2.4.6
venv/bin/python - <<'PY'
import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

ramp = np.arange(0, 252, 7)
images = {
    "unsigned 8 bits": ramp.astype(np.uint8),
    "signed 8 bits": (ramp - 128).astype(np.int8),
    "signed 16 bits": (100 * ramp - 12000).astype("<i2"),
    "window of 256": ramp.astype(np.uint8),
    "flat of 0": np.zeros(36, np.uint8),
    "flat of 100": np.full(36, 100, np.uint8),
}
for name, samples in images.items():
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file = FileDataset(name, {}, file_meta=meta, preamble=bytes(128))
    file.SOPClassUID, file.SOPInstanceUID, file.Modality = SecondaryCaptureImageStorage, "1.2.3", "OT"
    file.Rows, file.Columns, file.SamplesPerPixel, file.PhotometricInterpretation = 4, 9, 1, "MONOCHROME2"
    bits = 8 * samples.itemsize
    file.BitsAllocated, file.BitsStored, file.HighBit = bits, bits, bits - 1
    file.PixelRepresentation = int(samples.dtype.kind == "i")
    if name.startswith("window"):
        file.WindowCenter, file.WindowWidth = "128", "256"
    file.PixelData = samples.tobytes()
    file["PixelData"].VR = "OB" if bits == 8 else "OW"
    file.save_as(f"{name}.dcm", enforce_file_format=True)
PY
npm init --yes > /dev/null
npm install --silent --no-fund --no-audit dcmjs-imaging@0.2.5
cat > one.cjs <<'JS'
const assert = require("node:assert");
const { readFileSync } = require("node:fs");
const { DicomImage } = require("dcmjs-imaging");

const grey = (name) => {
  const image = new DicomImage(Uint8Array.from(readFileSync(`${name}.dcm`)).buffer);
  return [...new Uint8Array(image.render({}).pixels)].filter((_, i) => i % 4 === 0);
};
for (const name of ["unsigned 8 bits", "signed 8 bits", "signed 16 bits"]) {
  const row = grey(name);
  const rising = row.every((value, i) => i === 0 || value > row[i - 1]);
  console.log(`${name}: ${[0, 6, 12, 18, 24, 30, 35].map((i) => row[i]).join(" ")}`);
  assert.equal(rising, name !== "signed 8 bits", "the behaviour has changed");
}
const windowed = grey("window of 256");
const lower = windowed.filter((value, i) => value === 7 * i - 1).length;
console.log(`window of 256: ${lower} of 36 values a level lower, ${windowed.filter((value, i) => value === 7 * i).length} right`);
assert(lower > 0, "the behaviour has changed");
for (const name of ["flat of 0", "flat of 100"]) {
  const shown = [...new Set(grey(name))].join(" ");
  console.log(`${name}: shown as ${shown}`);
  assert.equal(shown, "255", "the behaviour has changed");
}
JS
node one.cjs
