"""What the two networks of DeepFill share: their table of layers, their padding, and contextual attention.

`contextual_attention` (DeepFill v1) and `gated` (v2) are of one plan. What this folder has is not a network of its own.
"""
