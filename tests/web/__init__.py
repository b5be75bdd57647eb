"""A package, so that pytest knows a fixture of this folder from one of a module, or of all tests."""
