"""The rough skull stripping."""

import numpy as np

from lggseg_training.brain import brain_mask


def test_brain_mask_takes_the_scalp_away_and_keeps_the_tumor():
    grid = np.hypot(*np.meshgrid(np.arange(-60, 60), np.arange(-60, 60)))
    foreground = np.repeat(((grid < 42) | ((grid > 48) & (grid < 55)))[None], 3, axis=0)
    label = np.zeros_like(foreground)
    label[1, 60:70, 60:104] = True
    brain = brain_mask(foreground, label)
    assert not brain[0, 60, 60 + 51]
    assert brain[0, 60, 60]
    assert brain[label].all()
