"""A tracker's metrics, for Prometheus."""
