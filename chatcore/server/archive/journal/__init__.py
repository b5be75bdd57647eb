"""What delivery writes and the archivist reads: the journal, the grammar of its records, and whence their ids come."""
