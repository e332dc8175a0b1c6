"""Certificates and keys made for a test, as C2PA's profile wants them, or not, and images to sign."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from pconv_cli.files.formats import SUFFIXES, ImageFormat
from pconv_cli.files.images import write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.metadata.carried import Metadata
from pconv_cli.files.stored import StoredImage
from tests.optional import needed

needed("c2pa")

from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: E402
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: E402

KEYS = {
    "es256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "es384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "es512": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ps256": lambda: rsa.generate_private_key(65537, 2048),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}
PEM = serialization.Encoding.PEM
SIZE = (40, 48)


def written_key(path: Path, key: Any, passphrase: bytes = b"") -> Path:
    """Write a private key as PEM."""
    lock = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    path.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, lock))
    return path


def written_chain(path: Path, key: Any, *, days: tuple[int, int] = (-1, 9), signs_mail: bool = True) -> Path:
    """Write the certificate of a key and that of who vouches for it.

    Args:
        path: The file.
        key: The private key.
        days: From when to when it is valid, from today.
        signs_mail: Whether it has an extended key usage, which C2PA asks for.
    """
    root = ec.generate_private_key(ec.SECP256R1())
    usage = [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])] if signs_mail else []
    made = [_certificate("Signer", key, root, days, usage), _certificate("Root", root, root, (-1, 9), [], is_ca=True)]
    path.write_bytes(b"".join(one.public_bytes(PEM) for one in made))
    return path


def _certificate(
    name: str, key: Any, root: Any, days: tuple[int, int], further: list[x509.ExtensionType], *, is_ca: bool = False
) -> x509.Certificate:
    kinds = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    kinds += ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    wanted = "key_cert_sign" if is_ca else "digital_signature"
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(_named(name)).issuer_name(_named("Root"))
    made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
    made = made.not_valid_before(now + timedelta(days=days[0])).not_valid_after(now + timedelta(days=days[1]))
    made = made.add_extension(x509.BasicConstraints(is_ca, None), True)
    made = made.add_extension(x509.KeyUsage(**{kind: kind == wanted for kind in kinds}), True)
    made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), False)
    for one in further:
        made = made.add_extension(one, False)
    return made.sign(root, hashes.SHA256())


def _named(name: str) -> x509.Name:
    parts = ((NameOID.ORGANIZATION_NAME, "Test"), (NameOID.COMMON_NAME, name))
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])


def written_signer(folder: Path) -> dict[str, Path]:
    """Write a certificate and its key; give the options that sign by them."""
    key = KEYS["es256"]()
    return {
        "c2pa_cert": written_chain(folder / "chain.pem", key),
        "c2pa_key": written_key(folder / "key.pem", key),
    }


def put(root: Path, kind: ImageFormat = ImageFormat.PNG, stem: str = "a", metadata: Metadata | None = None) -> Path:
    """Put an image and its mask below a folder, and give where it is going to be restored."""
    for folder in ("in", "m"):
        (root / folder).mkdir(exist_ok=True)
    samples = np.random.default_rng(1).integers(60, 200, (*SIZE, 3), np.uint8)
    name = f"{stem}{SUFFIXES[kind][0]}"
    write_image(root / "in" / name, StoredImage(samples, kind, metadata or Metadata()))
    write_mask(root / "m" / f"{stem}.png", the_mask())
    return root / "out" / name


def the_mask() -> np.ndarray:
    mask = np.ones(SIZE, bool)
    mask[10:18, 12:30] = False
    return mask
