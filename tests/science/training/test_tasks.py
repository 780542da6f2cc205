import numpy as np
import pytest
import torch

from backend.errors import BadTable
from backend.science.training.augmentation import as_augmented, augmented
from backend.science.training.kinds.numbers import NumberTask
from backend.science.training.losses import deeply_supervised_loss, dice_loss
from backend.science.training.metrics import (
    area_under_curve,
    classification_scores,
    mask_scores,
    quadratic_kappa,
    regression_scores,
)
from backend.science.training.run import batches, learning_rate_factor
from backend.science.training.seen_channels import SeenInputs
from tests.science.prostate_targets import prostate_target


def logit(chance: list[float]) -> torch.Tensor:
    return torch.logit(torch.tensor(chance)).reshape(1, 1, 1, 1, -1)


def mask(values: list[int]) -> torch.Tensor:
    return torch.tensor(values).reshape(1, 1, 1, 1, -1)


def test_dice_loss_by_hand() -> None:
    # 2 (0.9 + 0.4) / (0.9 + 0.4 + 0.2 + 0.1 + 2) = 2.6 / 3.6
    found = dice_loss(logit([0.9, 0.4, 0.2, 0.1]), mask([1, 1, 0, 0]))
    torch.testing.assert_close(found, torch.tensor(1 - 2.6 / 3.6))


def test_dice_loss_of_a_lesion_free_case_is_that_of_its_background_and_rewards_silence() -> None:
    # background chances 0.5, 0.75, 0.75: 1 - 2 * 2 / (2 + 3)
    logits = logit([0.5, 0.25, 0.25]).requires_grad_()
    loss = dice_loss(logits, mask([0, 0, 0]))
    torch.testing.assert_close(loss, torch.tensor(0.2))
    assert bool((torch.autograd.grad(loss, logits)[0] > 0).all())
    assert float(dice_loss(torch.full((1, 1, 1, 1, 3), -50.0), mask([0, 0, 0]))) == pytest.approx(0.0, abs=1e-6)


def test_dice_loss_is_a_mean_over_cases_and_the_auxiliary_head_weighs_two_fifths() -> None:
    first, second = (logit([0.9, 0.4]), mask([1, 0])), (logit([0.3, 0.6]), mask([0, 0]))
    both = dice_loss(torch.cat([first[0], second[0]]), torch.cat([first[1], second[1]]))
    torch.testing.assert_close(both, (dice_loss(*first) + dice_loss(*second)) / 2)
    total = deeply_supervised_loss(first[0], second[0], first[1], cross_entropy=False)
    torch.testing.assert_close(total, dice_loss(*first) + 0.4 * dice_loss(second[0], first[1]))


def test_lesion_scores_keep_lesion_free_cases_out_of_dice_and_missed_ones_out_of_distances() -> None:
    none = np.nan
    outcomes = [[3.0, 4.0, 6.0, 2.5], [0.0, 0.0, 4.0, none], [0.0, 5.0, 0.0, none], [0.0, 0.0, 0.0, none]]
    assert mask_scores(np.array(outcomes), "lesion") == {
        "dice": (0.6 + 0.0) / 2,
        "dice_pooled": 6 / 19,
        "hausdorff95_mm": 2.5,
        "clear_share": 0.5,
        "lesion_cases": 2.0,
        "lesion_free_cases": 2.0,
        "missed_cases": 1.0,
    }
    nothing = mask_scores(np.array([[0.0, 0.0, 0.0, none]]), "lesion")
    assert nothing["dice"] is None
    assert nothing["hausdorff95_mm"] is None


def test_classification_scores_by_hand() -> None:
    chances = np.eye(4)[[0, 1, 1, 3]] * 0.9 + 0.025
    scores = classification_scores(chances, np.array([0, 1, 2, 3]), ordered=True)
    assert scores["accuracy"] == scores["balanced_accuracy"] == 0.75
    # observed weight 1; expected sum w r c / n over truth (1,1,1,1), predicted (1,2,0,1): 2 * 1 + ... = 46 / 4
    expected = sum((i - j) ** 2 * c for i in range(4) for j, c in enumerate([1, 2, 0, 1])) / 4
    assert scores["kappa"] == pytest.approx(1 - 1 / expected)
    assert area_under_curve(np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, False, True, True])) == 0.875
    assert area_under_curve(np.array([0.1]), np.array([True])) is None
    assert quadratic_kappa(np.array([2, 2]), np.array([2, 2]), 4) is None


def test_regression_scores_measure_spread_about_the_training_mean() -> None:
    scores = regression_scores(np.array([30.0, 52.0]), np.array([32.0, 48.0]), train_mean=38.0)
    assert scores == {"r2": 1 - 20 / 136, "mae": 3.0}


def test_volume_is_standardised_by_training_cases_alone() -> None:
    task = NumberTask([10.0, 20.0, 90.0], prostate_target("volume"), np.array([0, 1]))
    torch.testing.assert_close(task.target(np.array([0, 2])), torch.tensor([[-1.0], [15.0]]))
    with pytest.raises(BadTable, match="same gland volume"):
        NumberTask([5.0, 5.0, 6.0], prostate_target("volume"), np.array([0, 1]))


def test_only_volume_is_blind_to_dwi_and_adc() -> None:
    case = np.ones((3, 2, 2, 2), dtype=np.float32)
    assert SeenInputs([case], prostate_target("volume").channels)[0].sum(axis=(1, 2, 3)).tolist() == [8.0, 0.0, 0.0]
    assert SeenInputs([case], prostate_target("pirads").channels)[0] is case
    assert case.sum() == 24


def test_no_batch_of_several_is_left_with_one_case() -> None:
    assert [len(part) for part in batches(np.arange(9), 4)] == [4, 5]
    assert [len(part) for part in batches(np.arange(10), 4)] == [4, 4, 2]
    assert [len(part) for part in batches(np.arange(3), 1)] == [1, 1, 1]
    assert np.concatenate(batches(np.arange(9), 4)).tolist() == list(range(9))


def test_learning_rate_warms_up_then_follows_half_a_cosine_or_stays() -> None:
    assert [learning_rate_factor(epoch, 2, 6, True) for epoch in (0, 1, 2, 4)] == pytest.approx([0.5, 1.0, 1.0, 0.5])
    assert [learning_rate_factor(epoch, 0, 6, False) for epoch in (0, 5)] == [1.0, 1.0]


def test_augmentation_moves_mask_and_image_alike_and_keeps_size_where_it_is_the_target() -> None:
    ball = torch.zeros(6, 1, 16, 48, 32)
    grid = torch.stack(torch.meshgrid(torch.arange(16), torch.arange(48), torch.arange(32), indexing="ij")).float()
    ball[:, 0] = (((grid - torch.tensor([8.0, 18.0, 10.0]).reshape(3, 1, 1, 1)) ** 2).sum(dim=0) < 36).float()
    moved, masks = augmented(ball.repeat(1, 3, 1, 1, 1), ball, True, torch.Generator().manual_seed(0))
    assert masks is not None
    overlap = 2 * ((moved[:, :1] > 0.5).float() * masks).sum() / ((moved[:, :1] > 0.5).sum() + masks.sum())
    assert float(overlap) > 0.95
    assert float((masks.flatten(1).sum(1) / ball.flatten(1).sum(1) - 1).abs().max()) > 0.05
    right = masks.nonzero()[:, 4].float().mean()
    assert 10.0 < float(right) < 21.0  # some cases are flipped, some not
    _, kept = augmented(ball, ball, False, torch.Generator().manual_seed(0))
    assert kept is not None
    assert float((kept.flatten(1).sum(1) / ball.flatten(1).sum(1) - 1).abs().max()) < 0.05


def test_at_the_edge_of_a_moved_ct_in_hounsfield_units_comes_air_and_not_water() -> None:
    """A channel as measured; the other one is z-scored, and 0 stays its edge."""
    ct = torch.full((4, 2, 4, 24, 24), 60.0)
    ct[:, :, :, 8:16, 8:16] = -1000.0
    shift, scale = as_augmented(ct, [0])
    moved, _ = augmented((ct - shift) / scale, None, True, torch.Generator().manual_seed(0))
    back = moved * scale + shift
    assert float(back[:, 0].min()) >= -1000.001
    corners = back[:, :, :, ::23, ::23].flatten(2)
    assert float(corners[:, 0].min()) == pytest.approx(-1000.0)  # water, 0, would be tissue
    assert float(corners[:, 1].min()) == pytest.approx(0.0, abs=1e-4)
    assert torch.equal(as_augmented(ct, [0])[0][:, 1], torch.zeros(4, 1, 1, 1))
