"""Masks: drawing, counting and changing them. A mask array is bool (H, W), True = valid, False = hole."""
