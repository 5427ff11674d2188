"""One study from its files to mask, numbers and report."""
