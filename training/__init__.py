"""From the public TIFF slices to a model bundle: prepare, train, evaluate, export."""
