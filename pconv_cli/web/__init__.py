"""The mask page: images and their masks in a browser, served to this machine alone."""
