#!/usr/bin/env bash
# dcm2pnm of DCMTK 3.6.7 (Debian 3.6.7-9~deb12u4); files are written by pydicom 3.0.2
# Input: grey DICOM of 1 to 16 stored bits, without a window, half black and half white, as segmentations and scans have them.
# Expected: white is 255 of 255, and 65535 in a PNG of 16 bits.
# Happens: values are multiplied by a power of two where they have fewer bits than the result: white of a mask of 1 bit is grey of 128, of 4
# bits 240, and white of 8 bits is 65280 in a PNG of 16. Where they have more bits, white is white.
# Output seen on 2026-12-01:
#   1 bit: white is 128 of 255 as PGM, 32768 of 65535 as PNG
#   2 bits: white is 192 of 255 as PGM, 49152 of 65535 as PNG
#   4 bits: white is 240 of 255 as PGM, 61440 of 65535 as PNG
#   8 bits: white is 255 of 255 as PGM, 65280 of 65535 as PNG
#   12 bits: white is 255 of 255 as PGM, 65520 of 65535 as PNG
#   16 bits: white is 255 of 255 as PGM, 65535 of 65535 as PNG
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -qq --yes --no-install-recommends --reinstall --download-only -o Debug::NoLocking=1 -o Dir::Cache::archives="$work/debs" \
  dcmtk=3.6.7-9~deb12u4 > /dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" root; done
libraries="$work/root/usr/lib/$(uname -m)-linux-gnu"
export PATH="$work/root/usr/bin:$PATH"
export LD_LIBRARY_PATH="$libraries:$libraries/blas:$libraries/lapack:$work/root/usr/lib:$work/root/lib/$(uname -m)-linux-gnu"
export DCMDICTPATH="$work/root/usr/share/libdcmtk17/dicom.dic"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-compile pydicom==3.0.2 numpy==2.4.6 pillow==13.0.0
venv/bin/python - <<'PY'
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

SIDE = 8


def write(stored: int) -> None:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file = FileDataset("in.dcm", {}, file_meta=meta, preamble=bytes(128))
    file.SOPClassUID, file.SOPInstanceUID, file.Modality = SecondaryCaptureImageStorage, "1.2.3", "OT"
    file.Rows = file.Columns = SIDE
    file.SamplesPerPixel, file.PhotometricInterpretation, file.PixelRepresentation = 1, "MONOCHROME2", 0
    file.BitsAllocated, file.BitsStored, file.HighBit = 16 if stored > 8 else 8, stored, stored - 1
    white = np.zeros((SIDE, SIDE), "<u2" if stored > 8 else "u1")
    white[SIDE // 2 :] = 2**stored - 1
    file.PixelData = white.tobytes()
    file["PixelData"].VR = "OW" if stored > 8 else "OB"
    file.save_as("in.dcm", enforce_file_format=True)


for stored in (1, 2, 4, 8, 12, 16):
    write(stored)
    subprocess.run(["dcm2pnm", "--write-raw-pnm", "in.dcm", "out.pgm"], check=True, capture_output=True)
    subprocess.run(["dcm2pnm", "--write-16-bit-png", "in.dcm", "out.png"], check=True, capture_output=True)
    with Image.open("out.png") as image:
        seen = Path("out.pgm").read_bytes()[-1], image.getpixel((0, SIDE - 1))
    print(f"{stored} bit{'s' * (stored > 1)}: white is {seen[0]} of 255 as PGM, {seen[1]} of 65535 as PNG")
    assert (seen[0] < 255) == (stored < 8) and (seen[1] < 65535) == (stored < 16), "the behaviour has changed"
PY
