"""What an image file carries beside its samples."""
