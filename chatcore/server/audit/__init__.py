"""chat.log: its grammar and its files."""
