#!/usr/bin/env bash
# c2pa-python 0.38.1 (Builder.sign_file, library 0.91.3), read by tifffile 2026.3.3
# Input: a TIFF of three pages, signed with a certificate made here; no timestamp, no network.
# Expected: a file of three pages, whose first directory has one more tag (52545) for the manifest.
# Happens: the manifest gets a directory of its own behind the last page, without size or samples. What counts pages by
# directories counts four, and the fourth cannot be decoded; the three keep their samples.
# Output seen on 2026-11-29:
#   directories before: 3, after: 4
#   tags of the last: [52545], same samples: True
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile \
    c2pa-python==0.38.1 tifffile==2026.3.3 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import logging
from datetime import UTC, datetime, timedelta

import c2pa
import numpy as np
import tifffile
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

logging.disable(logging.CRITICAL)


def named(name):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test"), x509.NameAttribute(NameOID.COMMON_NAME, name)])


def usage(*wanted):
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    names += ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: name in wanted for name in names})


def certificate(name, key, issuer, issuer_key, *, is_ca):
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(named(name)).issuer_name(named(issuer)).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    made = made.not_valid_after(now + timedelta(days=9)).add_extension(x509.BasicConstraints(is_ca, None), True)
    made = made.add_extension(usage("key_cert_sign") if is_ca else usage("digital_signature"), True)
    made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)
    if not is_ca:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
    return made.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


root, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
chain = certificate("Signer", key, "Root", root, is_ca=False) + certificate("Root", root, "Root", root, is_ca=True)
form = serialization.PrivateFormat.PKCS8
private = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())

page = np.arange(64 * 64 * 3, dtype=np.uint16).reshape(64, 64, 3).astype(np.uint8)
with tifffile.TiffWriter("pages.tif") as writer:
    for number in range(3):
        writer.write(page + number, photometric="rgb", metadata=None)
kind = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalArt"
created = {"action": "c2pa.created", "digitalSourceType": kind}
builder = c2pa.Builder({"title": "pages", "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created]}}]})
signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", chain, private, None))
builder.sign_file("pages.tif", "signed.tif", signer)
with tifffile.TiffFile("pages.tif") as before, tifffile.TiffFile("signed.tif") as after:
    counts = len(before.pages), len(after.pages)
    last = [tag.code for tag in after.pages[-1].tags]
    same = all(np.array_equal(before.pages[n].asarray(), after.pages[n].asarray()) for n in range(3))
print(f"directories before: {counts[0]}, after: {counts[1]}")
print(f"tags of the last: {last}, same samples: {same}")
assert counts == (3, 4) and last == [52545] and same, "the behaviour has changed"
PY
