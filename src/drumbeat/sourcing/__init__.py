"""Who supplies us, on what terms, and do they keep them? Suppliers, terms, purchase orders."""
