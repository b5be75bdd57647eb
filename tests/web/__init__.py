"""A package, so that pytest distinguishes this folder's fixtures from those of a module or of all tests."""
