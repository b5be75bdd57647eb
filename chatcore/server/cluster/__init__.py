"""A tracker among several, built on `chatcore.cluster`. Only such a tracker imports this."""
