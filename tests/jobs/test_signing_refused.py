"""What cannot sign by C2PA is refused before anything is filled."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pconv_cli.cli.app import app
from tests.optional import needed

needed("c2pa")

from .signers import KEYS, ec, put, rsa, written_chain, written_key, written_signer  # noqa: E402


def lone(folder: Path) -> list[str]:
    return ["--c2pa-cert", str(folder / "chain.pem")]


def sound(folder: Path) -> list[str]:
    """Options that sign."""
    made = written_signer(folder)
    return ["--c2pa-cert", str(made["c2pa_cert"]), "--c2pa-key", str(made["c2pa_key"])]


def with_files(**made: Callable[[Path, Any], Any]) -> Callable[[Path], list[str]]:
    """Options whose files are made otherwise than they should be."""

    def make(folder: Path) -> list[str]:
        key = KEYS["es256"]()
        ways: dict[str, Callable[[Path, Any], Any]] = {"chain": written_chain, "key": written_key, **made}
        for name, way in ways.items():
            way(folder / f"{name}.pem", key)
        return ["--c2pa-cert", str(folder / "chain.pem"), "--c2pa-key", str(folder / "key.pem")]

    return make


WRONG: dict[str, tuple[Callable[[Path], list[str]], str]] = {
    "no key": (lone, "--c2pa-key: is missing; --c2pa-cert needs it"),
    "no file": (with_files(chain=lambda path, key: None), "chain.pem: cannot be read (no such file or directory)"),
    "no certificate": (
        with_files(chain=lambda path, key: path.write_bytes(b"chain")),
        "chain.pem: holds no certificate in PEM",
    ),
    "no private key": (with_files(key=lambda path, key: path.write_bytes(b"secret")), "key.pem: holds no private key"),
    "locked": (with_files(key=lambda path, key: written_key(path, key, b"word")), "key.pem: is locked by a passphrase"),
    "another's": (
        with_files(key=lambda path, key: written_key(path, KEYS["es256"]())),
        "key.pem: is not the key of the first certificate in",
    ),
    "expired": (
        with_files(chain=lambda path, key: written_chain(path, key, days=(-9, -2))),
        "the certificate of CN=Signer,O=Test expired on",
    ),
    "not yet": (
        with_files(chain=lambda path, key: written_chain(path, key, days=(2, 9))),
        "the certificate of CN=Signer,O=Test is not valid before",
    ),
    "for nothing": (
        with_files(chain=lambda path, key: written_chain(path, key, signs_mail=False)),
        "--c2pa-cert: nothing can be signed with this certificate",
    ),
    "another curve": (
        with_files(key=lambda path, key: written_key(path, ec.generate_private_key(ec.SECP256K1()))),
        "key.pem: is a key of a kind that C2PA does not take",
    ),
    "short": (
        with_files(key=lambda path, key: written_key(path, rsa.generate_private_key(65537, 1024))),
        "key.pem: is a key of a kind that C2PA does not take",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_sign_is_said_in_one_line_before_anything_is_filled(tmp_path: Path, name: str) -> None:
    put(tmp_path)
    make, words = WRONG[name]
    said = refused(tmp_path, make(tmp_path), words)
    assert "secret" not in said


def test_a_format_without_a_place_for_a_manifest_is_refused(tmp_path: Path) -> None:
    put(tmp_path)
    given = sound(tmp_path)
    refused(tmp_path, [*given, "--format", "jp2"], "--format jp2: holds no C2PA manifest; write another format")


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path)
    monkeypatch.setitem(sys.modules, "c2pa", None)
    given = sound(tmp_path)
    refused(tmp_path, given, "--c2pa-cert: signing needs the package c2pa-python; pip install 'pconv-cli[c2pa]'")


def refused(root: Path, options: list[str], words: str) -> str:
    """Check that a run ends with exit code 2, and leaves nothing; give what it says."""
    places = [str(root / "in"), "--masks", str(root / "m"), "--out", str(root / "out")]
    result = CliRunner().invoke(app, ["inpaint", *places, "--method", "telea", *options], env={"COLUMNS": "1000"})
    said = " ".join(str(result.exception or "").split()) + " ".join(result.output.split())
    assert result.exit_code == 2 or getattr(result.exception, "exit_code", None) == 2, said
    assert words in said.replace("`", "")
    assert not (root / "out").exists()
    return said
