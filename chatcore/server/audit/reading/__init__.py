"""Reading chat.log: its files in order, its lines, searches by person and text, and statistics."""
