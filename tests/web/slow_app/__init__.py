"""An app with jobs for the tests of workers."""
