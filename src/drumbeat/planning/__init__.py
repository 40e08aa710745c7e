"""What must we make and buy, when? Netting, lot sizing, action messages."""
