"""The way to the clients: events are logged, applied to the view, rendered as lines and sent."""
