"""How far off the numbers are: rendered scenes with exact truth, real clips with reference angles."""
