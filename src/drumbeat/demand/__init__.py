"""What do customers want? Demand lines, history, promotions."""
