"""Files and databases in and out, checks, the snapshot: everything that is stored comes in through here."""
