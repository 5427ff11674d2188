"""Association of shape features with molecular subtypes, as in Buda et al. 2019. Research use only."""
