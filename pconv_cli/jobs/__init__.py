"""A folder of images restored: plan, run, manifest, report."""
