"""What do we have? Sites, lines, resources, calendars, items, revisions, bills of material, routings."""
