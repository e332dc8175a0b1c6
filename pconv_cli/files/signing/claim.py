"""What a signature claims of a restored file: that it was made of another one, and how.

Reference: C2PA Technical Specification 2.2, sections 18.15 (actions) and 18.16 (ingredients).
"""

from dataclasses import dataclass
from typing import Any

from pconv_cli.files.metadata.provenance import Provenance, source_type_address

#: The ingredient, as the actions name it.
PARENT = "parent"


@dataclass(frozen=True)
class Claim:
    """What is claimed.

    Attributes:
        title: The name of the restored file.
        parent: The name of the damaged one.
        said: How it was restored; see `pconv_cli.files.metadata.provenance`.
    """

    title: str
    parent: str
    said: Provenance


def manifest_of(claim: Claim) -> dict[str, Any]:
    """Give the definition of a manifest, whose ingredient is still to be added; see `ingredient_of`."""
    name, _, version = claim.said.software.partition(" ")
    actions = [
        {"action": "c2pa.opened", "parameters": {"ingredientIds": [PARENT]}},
        {
            "action": "c2pa.edited",
            "digitalSourceType": source_type_address(claim.said),
            "description": description(claim.said),
            "softwareAgent": {"name": name, "version": version},
        },
    ]
    return {
        "claim_generator_info": [{"name": name, "version": version}],
        "title": claim.title,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}],
    }


def ingredient_of(claim: Claim, kind: str) -> dict[str, str]:
    """Give the definition of the file that was restored.

    Args:
        claim: The claim.
        kind: Its media type, such as ``image/png``.
    """
    return {
        "title": claim.parent,
        "format": kind,
        "relationship": "parentOf",
        "instance_id": PARENT,
        "label": PARENT,
    }


def description(said: Provenance) -> str:
    """Say in a sentence how a file was restored.

    Example:
        >>> from pconv_cli.files.metadata.provenance import SourceType
        >>> description(Provenance(SourceType.CLASSICAL, "pconv 1.0", "telea", 0.25, "2026-01-01", mask_sha256="a1"))
        'Damage filled by telea; mask SHA-256 a1; hole ratio 0.250000'
    """
    parts = [f"Damage filled by {said.method}"]
    parts += [f"weights {said.weights} SHA-256 {said.weights_sha256}"] if said.weights else []
    parts += [f"mask SHA-256 {said.mask_sha256}"] if said.mask_sha256 else ["mask: the transparency of the file"]
    parts += [f"hole ratio {said.hole_ratio:.6f}"]
    parts += [f"{said.left_losses} losses left neutral, ratio {said.left_ratio:.6f}"] if said.left_losses else []
    return "; ".join(parts)
