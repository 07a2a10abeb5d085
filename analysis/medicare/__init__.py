"""What CMS publishes: fee schedules, localities, payment rules, edits, benchmarks."""
