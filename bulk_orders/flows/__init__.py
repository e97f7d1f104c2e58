"""One verb each: the corridors of data, as a handful of calls."""
