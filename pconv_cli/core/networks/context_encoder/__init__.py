"""Context Encoders (Pathak et al., CVPR 2016): architecture and importer of checkpoints."""
