import torch

from backend.science.encoders.convnext import ConvNeXt, EncoderSize
from backend.science.encoders.heads import CohortNorm, class_head, number_head
from backend.science.encoders.upernet import Segmenter

SMALL = EncoderSize((1, 1, 1, 1), (4, 6, 8, 10))


def test_the_heads_are_the_papers() -> None:
    names = [type(layer).__name__ for layer in class_head(320, 4)]
    assert names == ["Linear", "CohortNorm", "ReLU", "Linear"]
    assert [tuple(p.shape) for p in class_head(320, 4).parameters()][0::2][0] == (256, 320)
    assert [type(layer).__name__ for layer in number_head(320)] == ["CohortNorm", "Linear"]
    assert issubclass(CohortNorm, torch.nn.BatchNorm1d)


def test_a_training_batch_of_one_takes_the_running_statistics() -> None:
    norm = CohortNorm(3)
    norm.train()
    norm(torch.randn(8, 3) * 4 + 1)
    case, before = torch.randn(1, 3), norm.running_mean.clone()
    trained = norm(case)
    assert torch.equal(norm.running_mean, before)
    torch.testing.assert_close(trained, norm.eval()(case))


def test_segmenter_answers_at_the_inputs_size_with_both_heads() -> None:
    torch.manual_seed(0)
    model, x = Segmenter(ConvNeXt(SMALL), width=8), torch.randn(1, 3, 16, 32, 48)
    main, auxiliary = model.deeply_supervised(x)
    assert main.shape == auxiliary.shape == (1, 1, 16, 32, 48)
    assert torch.equal(model(x), main)
