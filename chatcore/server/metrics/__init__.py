"""What can be measured of a tracker, for Prometheus."""
