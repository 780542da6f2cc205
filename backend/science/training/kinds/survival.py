"""Learning how long until an event: Cox's partial likelihood, risk sets from all training cases.

A batch of four cases is too small a risk set. So the log risk of every training case is kept: computed anew when an
epoch starts, and replaced whenever a case is seen. What the cases of a batch have moved alike since then is added to
all. A batch's loss is the likelihood of all training cases; its gradient goes through the batch. The norm of the head
keeps the statistics of all training cases during an epoch, for a batch's own would make log risks of different batches
incomparable.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from backend.errors import BadTable
from backend.science.compute.device import mixed_precision, to_device
from backend.science.compute.precision import PrecisionChoice
from backend.science.compute.prefetch import read_ahead
from backend.science.encoders.base import Encoder
from backend.science.encoders.heads import CohortNorm, HeadedEncoder, number_head
from backend.science.training.cox import concordance, partial_likelihood_loss
from backend.science.training.kinds.task import Task
from backend.science.training.metrics import Scores
from backend.science.training.run import batches
from backend.science.training.target import Target


class SurvivalTask(Task):
    """Regression of a log risk; targets are (time, event) of every case."""

    followed = ("concordance",)
    is_joint = True

    def __init__(self, targets: Sequence[Any], target: Target, train: NDArray[np.int64]) -> None:
        pairs = np.asarray(targets, dtype=np.float64)
        if pairs.ndim != 2 or pairs.shape[1] != 2 or not np.isfinite(pairs).all() or (pairs[:, 0] <= 0).any():
            raise BadTable(f"Targets of {target.called} must be a time above 0 and an event (0, 1) for every case.")
        self.time, self.event = pairs[:, 0], pairs[:, 1] > 0
        if not self.event[train].any():
            raise BadTable(f"No training case has an event of {target.called}; there is nothing to learn.")
        self.train = train
        self.place = np.full(len(pairs), -1)
        self.place[train] = np.arange(len(train))
        self.memory = torch.zeros(len(train), dtype=torch.float64)

    def model(self, encoder: Encoder) -> nn.Module:
        head = number_head(encoder.embed_dim, bias=False)  # no constant: risks are relative
        last = head[1]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)  # all risks equal at the start: those kept of other batches age slowly
        return HeadedEncoder(encoder, head)

    def target(self, rows: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(rows)

    def loss(self, model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
        seen = torch.from_numpy(self.place[target.cpu().numpy()])
        fresh = model(x).float()[:, 0].cpu().double()
        self.memory += (fresh.detach() - self.memory[seen]).mean()  # what moved all risks alike since they were kept
        whole = self._likelihood(self.memory.index_put((seen,), fresh), self.train)
        self.memory[seen] = fresh.detach()
        return whole.detach() + (whole - whole.detach()) * (len(self.train) / len(seen))

    def outcome(self, model: nn.Module, x: Tensor, target: Tensor, thorough: bool) -> tuple[Tensor, Tensor]:  # noqa: ARG002 # nothing is slow
        return model(x).float(), torch.zeros(())

    def scores(self, outcomes: NDArray[np.float64], rows: NDArray[np.int64]) -> Scores:
        return {
            "concordance": concordance(outcomes[:, 0], self.time[rows], self.event[rows]),
            "events": float(self.event[rows].sum()),
        }

    def has_loss(self, rows: NDArray[np.int64]) -> bool:
        return bool(self.event[rows].any())

    def joint_loss(self, outcomes: NDArray[np.float64], rows: NDArray[np.int64]) -> float | None:
        if not self.has_loss(rows):
            return None
        return float(self._likelihood(torch.from_numpy(outcomes[:, 0]), rows))

    def start_epoch(
        self,
        model: nn.Module,
        inputs: Sequence[NDArray[np.float32]],
        batch: int,
        precision: PrecisionChoice,
    ) -> None:
        assert isinstance(model, HeadedEncoder)
        norm = model.head[0]
        assert isinstance(norm, CohortNorm)
        device = next(model.parameters()).device
        model.eval()
        with torch.no_grad(), mixed_precision(device, precision):
            parts: list[Tensor] = []
            for cases in read_ahead(inputs, batches(self.train, batch)):
                x = to_device(cases, device)
                parts.append((x if x.ndim == 2 else model.encoder(x)).float())
            embedded = torch.cat(parts)
            norm.measure(embedded)
            self.memory = model.head(embedded).float()[:, 0].cpu().double()

    def _likelihood(self, risk: Tensor, rows: NDArray[np.int64]) -> Tensor:
        return partial_likelihood_loss(risk, torch.from_numpy(self.time[rows]), torch.from_numpy(self.event[rows]))
