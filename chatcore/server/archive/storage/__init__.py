"""The SQLite files: messages, a month each, and the state of rooms. Only the archivist's thread changes them."""
