"""The network: a plain ViT encoder, tapped at four blocks, the UperNet head on it, and the masked autoencoder."""
