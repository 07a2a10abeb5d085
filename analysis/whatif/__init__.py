"""What would change: scenarios, the distinct visits they are priced on, the answers, the guard rails."""
