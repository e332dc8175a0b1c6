"""The one core that every command shares: the layer, the network, the loss, the weights on disk."""
