"""Learning: labelled scenes, augmented chips, pre-training an encoder, training a head, metrics."""
