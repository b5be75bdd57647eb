"""The journal, which delivery writes and the archivist reads: its files, its record format, and its positions."""
