"""What the page of a run says of how an image was restored."""

from typing import Any

from pconv_cli.wording import percent


def of_record(record: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what the manifest knows of an image that an earlier run has restored."""
    said = [("time", f"{record['seconds']:.2f} s")] if isinstance(record.get("seconds"), int | float) else []
    left = record.get("left")
    if isinstance(left, dict) and left.get("losses"):
        said.append(("left in a neutral tone", f"{left['losses']} ({percent(left.get('ratio', 0))})"))
    recipe = record.get("recipe")
    return [*said, *of_recipe(recipe)] if isinstance(recipe, dict) else said


def of_recipe(recipe: dict[str, Any]) -> list[tuple[str, str]]:
    """Say how an image was restored."""
    said = [(key, str(recipe[key])) for key in ("method", "texture") if recipe.get(key)]
    sha256 = recipe.get("weights_sha256")
    return [*said, ("weights", f"SHA-256 {str(sha256)[:12]}…")] if sha256 else said
