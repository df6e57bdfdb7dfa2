"""The low-label benchmark: how much each method makes of few labelled chips."""
