"""What is on hand? Stock by item and site, and lots."""
