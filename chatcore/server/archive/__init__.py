"""The archive: messages and room state that outlive the tracker. A journal, SQLite files, and queries on them."""
