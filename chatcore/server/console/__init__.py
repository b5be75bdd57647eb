"""What an operator can do to a running tracker: the commands, and the console that reads them."""
