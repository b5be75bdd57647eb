"""A package, so that pytest tells this folder's fixtures from those of a module or of all tests."""
