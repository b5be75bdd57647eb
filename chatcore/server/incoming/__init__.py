"""New connections: which protocol they speak, whose they are, and whether they are served."""
