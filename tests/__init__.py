"""The suite. Its folders mirror chatcore/, plus integration/, concurrency/ and faults/."""
