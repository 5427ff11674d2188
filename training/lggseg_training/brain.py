"""The core's rough skull stripping, good enough to show the network what stripped volumes look like."""

from lggseg.model.brain import brain_mask

__all__ = ["brain_mask"]
