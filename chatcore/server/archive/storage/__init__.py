"""SQLite files: what was said, a month each, and how rooms were. Changed by the archivist's thread alone."""
