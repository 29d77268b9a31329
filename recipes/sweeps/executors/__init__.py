"""Where the trials of a sweep run: in processes of this machine, or on a Ray cluster."""
