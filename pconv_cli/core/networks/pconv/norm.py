"""BatchNorm as the network has it."""

from torch import Tensor, nn
from torch.nn import functional as F


class UncountedBatchNorm(nn.BatchNorm2d):
    """BatchNorm that does not count its batches, which nobody asks for and which is one more operation at each step."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise ``(N, C, H, W)``."""
        momentum = self.momentum
        assert momentum is not None  # a mean over all batches would need their count
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, self.training, momentum, self.eps
        )
