"""Where model folders of before version 0.5 say that the network is; it is in ``lggseg.model.networks`` now."""

from lggseg.model.networks.flair_unet import FlairUNet

__all__ = ["FlairUNet"]
