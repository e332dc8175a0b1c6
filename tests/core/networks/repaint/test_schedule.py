"""Levels of noise, and the way through them, against figures of the published program and a walk step by step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pconv_cli.core.networks.repaint.schedule import schedule_of, walk


def step_by_step(steps: int, jump: int, repeats: int) -> list[int]:
    """The way as it is described: go down; at the foot of a jump that is not used up, go back up."""
    left = dict.fromkeys(range(0, steps - jump, jump), repeats - 1)
    here, way = steps - 1, [steps - 1]
    while here >= 0:
        if left.get(here, 0):
            left[here] -= 1
            for _ in range(jump):
                here += 1
                way.append(here)
        else:
            here -= 1
            way.append(here)
    return way


def calls(way: list[int]) -> int:
    return int((np.diff(way) < 0).sum())


@given(st.integers(1, 60), st.integers(1, 12), st.integers(1, 5))
def test_the_walk_is_that_of_the_description(steps, jump, repeats):
    way = walk(steps, jump, repeats)
    assert way == step_by_step(steps, jump, repeats)
    assert set(way) == {*range(-1, steps)}
    assert set(np.abs(np.diff(way)).tolist()) == {1}


@pytest.mark.parametrize(
    ("asked", "runs"),
    [((250, 10, 5), 1210), ((100, 10, 10), 910), ((50, 10, 10), 410), ((25, 5, 5), 105), ((250, 10, 1), 250)],
)
def test_the_network_runs_as_often_as_in_the_published_program(asked, runs):
    assert calls(walk(*asked)) == runs


def test_the_published_walk_begins_and_jumps_where_it_should():
    way = walk(250, 10, 10)
    assert len(way) == 4571
    assert calls(way) == 2410
    assert len(way) - 1 - calls(way) == 2160
    assert way[:20] == [*range(249, 229, -1)]
    assert way[20:22] == [231, 232]


def test_levels_are_those_of_the_published_program():
    schedule = schedule_of("linear", 1000).respaced(250)
    assert schedule.times[:4].tolist() == [0, 4, 8, 12]
    assert schedule.times[-2:].tolist() == [995, 999]
    np.testing.assert_allclose(schedule.kept[[0, 124, 249]], [0.9999, 0.0801877550, 4.035829765e-5], rtol=1e-9)
    np.testing.assert_allclose(schedule.betas[:3], [1e-4, 5.99065564e-4, 9.17602993e-4], rtol=1e-8)
    np.testing.assert_allclose(schedule.betas[-1], 0.07751934, rtol=1e-6)


@given(st.sampled_from(["linear", "cosine"]), st.integers(30, 300), st.data())
def test_fewer_levels_have_the_noise_of_those_that_they_are(noise, levels, data):
    schedule = schedule_of(noise, levels)
    fewer = schedule.respaced(data.draw(st.integers(1, levels)))
    # A share kept near 0 is a product of 1 - beta with beta near 1: the rounding of 1 - beta is absolute.
    np.testing.assert_allclose(fewer.kept, schedule.kept[fewer.times], rtol=1e-9, atol=1e-15)
    assert fewer.times[-1] == levels - 1
    assert (np.diff(fewer.times) > 0).all()
    assert ((fewer.betas > 0) & (fewer.betas < 1)).all()


def test_the_cosine_falls_as_its_paper_says():
    kept = schedule_of("cosine", 1000).kept
    angle = (np.array([1, 500, 900]) / 1000 + 0.008) / 1.008 * np.pi / 2
    np.testing.assert_allclose(kept[[0, 499, 899]], np.cos(angle) ** 2 / np.cos(0.008 / 1.008 * np.pi / 2) ** 2)
    assert schedule_of("cosine", 1000).betas.max() == 0.999
