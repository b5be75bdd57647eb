"""What an operator can do to a tracker that runs: the commands, and the console that reads them."""
