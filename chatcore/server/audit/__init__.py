"""chat.log: its grammar, and the file."""
