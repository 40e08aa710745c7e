"""Can I practise? For now: the made-up companies to practise on."""
