"""Who may come in, as several trackers of one chat agree on it: what each has alone, kept on shelves of all."""
