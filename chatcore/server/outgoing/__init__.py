"""What clients are given: events are logged, applied to the view, written as lines and sent."""
