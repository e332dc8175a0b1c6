"""The certificate and the private key by which files are signed, checked before anything is made with them.

Reference: C2PA Technical Specification 2.2, section 13.2 (digital signatures), 14.5.1 (certificate profile).
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pconv_cli.errors import UsageError, option
from pconv_cli.files.opening import open_regular

if TYPE_CHECKING:  # an optional package
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509 import Certificate

_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
#: Bits of an RSA key that C2PA asks for.
_RSA_BITS = 2048


@dataclass(frozen=True)
class Credentials:
    """Who signs.

    Attributes:
        chain: The certificate of the key, and those that vouch for it, as PEM.
        key: The private key, as PEM; it is shown nowhere.
        algorithm: What the key signs by, in C2PA's words: ``es256``, ``ps256``, ``ed25519`` ...
    """

    chain: bytes
    key: bytes = field(repr=False)
    algorithm: str


def read_credentials(certificate: Path, key: Path) -> Credentials:
    """Read a certificate chain and its private key, and check that they can sign today.

    Args:
        certificate: A PEM file: the signing certificate first, then those that vouch for it.
        key: A PEM file without a passphrase.

    Raises:
        UsageError: A package is missing; a file cannot be read or is no PEM; the key is of a kind that does not sign,
            or another certificate's; a certificate has expired or is not valid yet.
    """
    try:
        import c2pa  # noqa: F401  # needed later: better said now
        from cryptography import x509
        from cryptography.hazmat.primitives import serialization
    except ImportError as error:
        raise UsageError(
            f"{option('c2pa_cert')}: signing needs the package c2pa-python; pip install 'pconv-cli[c2pa]'"
        ) from error
    written, secret = _read(certificate), _read(key)
    try:
        chain = x509.load_pem_x509_certificates(written)
    except ValueError as error:
        raise UsageError(f"{certificate}: holds no certificate in PEM; name the file of the chain") from error
    try:
        private = serialization.load_pem_private_key(secret, password=None)
    except TypeError as error:
        raise UsageError(f"{key}: is locked by a passphrase; write a copy without one, and name that") from error
    except Exception as error:  # not even its words are passed on: they may quote the file
        raise UsageError(f"{key}: holds no private key in PEM that can be read") from error
    algorithm = _algorithm(private, key)
    if chain[0].public_key() != private.public_key():
        raise UsageError(
            f"{key}: is not the key of the first certificate in {certificate}; put the signing certificate first, or "
            "name its key"
        )
    for one in chain:
        _check_dates(one, certificate)
    pem = serialization.Encoding.PEM
    return Credentials(
        b"".join(one.public_bytes(pem) for one in chain),
        private.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        algorithm,
    )


def _read(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            return file.read()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"{path}: cannot be read ({reason}); check path and permissions") from error


def _algorithm(private: "PrivateKeyTypes", path: Path) -> str:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    if isinstance(private, Ed25519PrivateKey):
        return "ed25519"
    if isinstance(private, RSAPrivateKey) and private.key_size >= _RSA_BITS:
        return "ps256"
    if isinstance(private, EllipticCurvePrivateKey) and private.curve.name in _CURVES:
        return _CURVES[private.curve.name]
    raise UsageError(
        f"{path}: is a key of a kind that C2PA does not take; use P-256, P-384, P-521, Ed25519, or RSA of {_RSA_BITS} "
        "bits or more"
    )


def _check_dates(certificate: "Certificate", path: Path) -> None:
    now = datetime.now(UTC)
    name = certificate.subject.rfc4514_string()
    if certificate.not_valid_after_utc < now:
        raise UsageError(
            f"{path}: the certificate of {name} expired on {certificate.not_valid_after_utc.date()}; renew it"
        )
    if certificate.not_valid_before_utc > now:
        raise UsageError(
            f"{path}: the certificate of {name} is not valid before {certificate.not_valid_before_utc.date()}; check "
            "the clock of this machine"
        )
