"""What is looked after twice a second, and memory."""
