"""What would change: scenarios, the distinct visits they are priced on, their answers and guardrails."""
