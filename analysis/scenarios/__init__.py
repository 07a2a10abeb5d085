"""Scenarios: what a user wants to know the price of, as data. They are priced in analysis.cube."""
