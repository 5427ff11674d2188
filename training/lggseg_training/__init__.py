"""The library beneath the training scripts: data, networks, losses, one run, its figures and pictures."""
