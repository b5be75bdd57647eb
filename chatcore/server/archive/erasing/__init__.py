"""Erasing messages: the request, and how it is carried out, with or without a running tracker."""
