"""Options of a network's own: read by the kinds that its spec names, and refused in one line."""

from dataclasses import dataclass
from typing import Literal

import pytest

from pconv_cli.core.networks.network import Network
from pconv_cli.core.networks.pconv.architecture import ARCHITECTURE as PCONV
from pconv_cli.core.networks.pconv.spec import ModelSpec
from pconv_cli.core.networks.registry import Architecture
from pconv_cli.core.networks.spec import Spec
from pconv_cli.errors import ModelError, UsageError
from pconv_cli.training.network_options import chosen_spec
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.resolving import resolve_options, resume_options


@dataclass(frozen=True)
class ManySpec(Spec):
    width: int = 8
    share: float = 0.5
    soft: bool = True
    mode: Literal["a", "b"] = "a"
    sizes: tuple[int, ...] = (1, 2)
    limit: int | None = None
    name: str = ""
    inner: object = None

    reach = 1


MANY = Architecture("many", ManySpec, Network)


def many(**given):
    return chosen_spec(TrainOptions("d", network="many", **given), MANY)


def test_values_are_read_by_kind():
    assert many() == ManySpec()
    given = {"share": "0.25", "soft": "false", "mode": "b", "sizes": "4, 8", "limit": "3", "name": "x"}
    assert many(width=5, network_options=given) == ManySpec(5, 0.25, False, "b", (4, 8), 3, "x")
    typed = {"width": 5, "share": 0.25, "soft": False, "sizes": [4, 8], "limit": None}
    assert many(network_options=typed) == ManySpec(5, 0.25, False, sizes=(4, 8))
    assert chosen_spec(TrainOptions("d", width=16, network_options={"depth": 5}), PCONV) == ModelSpec(16, 5)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"depth": 3}, "`depth`: many networks have no such option; leave it out; theirs are width, share"),
        ({"network_options": {"nope": 1}}, "`network_options` nope=1: many networks have no such option; leave it out"),
        ({"width": 3, "network_options": {"width": 4}}, "`network_options` width=4 and `width`: both give one value"),
        ({"network_options": {"width": "x"}}, "`network_options` width=x: must be a whole number"),
        ({"network_options": {"share": "x"}}, "share=x: must be a number"),
        ({"network_options": {"soft": "x"}}, "soft=x: must be true or false"),
        ({"network_options": {"mode": "x"}}, "mode=x: must be one of a, b"),
        ({"network_options": {"sizes": "1,x"}}, "sizes=1,x: must be a whole number"),
        ({"network_options": {"inner": "x"}}, "inner=x: must be left out: it cannot be given as text"),
    ],
)
def test_what_a_network_does_not_take_is_one_line(given, words):
    with pytest.raises(UsageError) as caught:
        many(**given)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_the_spec_refuses_stays_its_own_error():
    with pytest.raises(ModelError, match="no network has width 0"):
        chosen_spec(TrainOptions("d", width=0), PCONV)


def test_a_run_goes_on_with_its_network_however_that_is_named():
    saved = resolve_options(None, {"data": "d", "network_options": {"depth": 5, "batch_norm": False}})
    spec = {"width": 64, "depth": 5, "base": "none"}
    assert resume_options(saved, {"width": 64, "depth": 5}, spec).width == 64
    assert resume_options(saved, {"network_options": {"batch_norm": "False", "depth": "5"}}, spec) == saved
    with pytest.raises(UsageError, match=r"leave out `width` \(was 64\)"):
        resume_options(saved, {"width": 32}, spec)
    with pytest.raises(UsageError, match=r"leave out `network_options` \(was batch_norm=False depth=5\)"):
        resume_options(saved, {"network_options": {"depth": "6"}}, spec)
    with pytest.raises(UsageError, match="`network_options` does nothing with `init` photo; leave one out"):
        resolve_options(None, {"data": "d", "init": "photo", "network_options": {"depth": 5}})
