"""Numbers and names as sentences and tables have them."""

from collections.abc import Iterable, Sequence

_FEW = 5

# With what a formula begins in a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def counted(number: int, one: str, several: str = "") -> str:
    """Return a number with its noun, in the plural where it is not one.

    Args:
        number: How many.
        one: The noun.
        several: Its plural; empty: the noun with an s.

    Example:
        >>> counted(1, "mask"), counted(0, "mask"), counted(2, "loss", "losses")
        ('1 mask', '0 masks', '2 losses')
    """
    return f"{number} {one if number == 1 else several or f'{one}s'}"


def percent(share: float, digits: int = 2) -> str:
    """Write a share, such as a hole ratio, as people read it; files for machines hold the ratio itself.

    Example:
        >>> percent(0.0168), percent(0.98, 0)
        ('1.68 %', '98 %')
    """
    return f"{100 * share:.{digits}f} %"


def first_few(names: Sequence[object], between: str = ", ") -> str:
    """List the first five of some names, and say how many more there are; hundreds would fill the terminal.

    Args:
        names: The names, or whatever else is listed.
        between: What stands between two of them.

    Example:
        >>> first_few("abcde"), first_few("abcdefg")
        ('a, b, c, d, e', 'a, b, c, d, e and 2 more')
    """
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return between.join(map(str, names[:_FEW])) + more


def failed_json(failed: Iterable[tuple[str, object]]) -> list[dict[str, str]]:
    """Give what failed as every report in JSON has it, in one form for all commands.

    Args:
        failed: The name of each file, and why it failed: an error, or its words.

    Example:
        >>> failed_json([("a.png", "is empty")])
        [{'name': 'a.png', 'reason': 'is empty'}]
    """
    return [{"name": name, "reason": str(reason)} for name, reason in failed]


def of_file(name: str, reason: str, folder: object) -> str:
    """Begin a reason with a file's name below its folder, whether it names the file so, by its path, or not at all.

    Example:
        >>> of_file("a.png", "in/a.png: is empty", "in"), of_file("a.png", "no mask", "in")
        ('a.png: is empty', 'a.png: no mask')
    """
    said = reason.removeprefix(f"{folder}/")
    return said if name in said else f"{name}: {said}"


def as_cell(text: str) -> str:
    """Give text as a cell of a CSV file holds it: an apostrophe stands before what spreadsheets take for a formula.

    Names of files come from anywhere, and a formula in one may do anything.
    """
    return f"'{text}" if text.startswith(_FORMULA) else text
