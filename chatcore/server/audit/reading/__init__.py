"""Reading chat.log: its files in order, its lines, who and what is looked for in it, who said how much."""
