"""What a process draws by itself goes on where a saved run stopped."""

import torch

from pconv_cli.training.chance import chance_of, restore_chance

CPU = torch.device("cpu")


def test_a_process_goes_on_with_its_own_numbers():
    saved, drawn = [], []
    for seed in (1, 2):
        torch.manual_seed(seed)
        saved.append(chance_of(CPU))
        drawn.append(torch.rand(3))
    for rank, wanted in ((0, drawn[0]), (1, drawn[1]), (2, drawn[0])):
        restore_chance(saved, CPU, rank)
        assert torch.equal(torch.rand(3), wanted)


def test_states_of_before_held_the_processors_alone():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    wanted = torch.rand(3)
    restore_chance(before, CPU, 0)
    assert torch.equal(torch.rand(3), wanted)


def test_a_gpus_numbers_are_kept_too(monkeypatch):
    """On a machine without one: what is asked for is handed back."""
    kept = {}
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda device: torch.tensor([7, device.index], dtype=torch.uint8))
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda state, device: kept.update({device.index: state}))
    device = torch.device("cuda", 1)
    restore_chance([chance_of(device)], device, 0)
    assert kept[1].tolist() == [7, 1]
