"""Cases as the public data set has them: folders of TIFF slices."""

import numpy as np
from PIL import Image

SIZE = 24


def write_case(root, case, slices=12, *, copy_post=False, seed=0):
    """Slices whose FLAIR mean is their number, so that their order shows."""
    folder = root / case
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    for number in range(1, slices + 1):
        array = rng.integers(0, 40, (SIZE, SIZE, 3)).astype(np.uint8)
        array[..., 1] = number * 10
        if copy_post:
            array[..., 2] = array[..., 1]
        Image.fromarray(array).save(folder / f"{case}_{number}.tif")
        mask = np.zeros((SIZE, SIZE), np.uint8)
        if 3 <= number <= 5:
            mask[4:8, 2:6] = 255
        Image.fromarray(mask).save(folder / f"{case}_{number}_mask.tif")
    return folder
