"""The site: settings and the root of every address; nobody imports from here."""
