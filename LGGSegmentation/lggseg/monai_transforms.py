"""Where model folders of before version 0.5 say that the transforms are; they are in ``lggseg.model`` now."""

from lggseg.model.monai_transforms import MakeMaskd, PredictSlicesd, PrepareStudyd, RestoreProbabilityd, load_network

__all__ = ["MakeMaskd", "PredictSlicesd", "PrepareStudyd", "RestoreProbabilityd", "load_network"]
