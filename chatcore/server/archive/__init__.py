"""What was said before this tracker started, and how rooms were: the journal, the files, questions to them."""
