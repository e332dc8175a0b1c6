"""RePaint: a diffusion network and the sampler that fills holes with it."""
