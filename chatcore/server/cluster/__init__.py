"""A tracker among several: what it makes of `chatcore.cluster`. Imported only by such a tracker."""
