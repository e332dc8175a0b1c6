"""What samples mean, where they are not plain colours: ranges beyond [0, 1], Lab, alpha."""
