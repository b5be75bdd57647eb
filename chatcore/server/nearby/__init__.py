"""The chat, told to the network that the tracker is in."""
