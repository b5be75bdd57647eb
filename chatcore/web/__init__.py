"""The page that a browser gets: static files, served by the tracker as they are."""
