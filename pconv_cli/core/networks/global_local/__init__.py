"""Globally and locally consistent image completion (Iizuka et al., 2017): architecture and importer of checkpoints."""
