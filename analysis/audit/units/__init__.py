"""Units against minutes: Medicare's 8-minute rule, and the midpoint rule where each code counts alone."""
