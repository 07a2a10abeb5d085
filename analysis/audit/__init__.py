"""Audit of claims as billed: what does not hold and why, dollars both ways, and which rules could not run."""

from analysis.audit.audit import FINDINGS, RULES, Audit, NotRun, audit, in_all
from analysis.audit.facts import SEVERITIES, Rule, Severity, rules

__all__ = ["FINDINGS", "RULES", "SEVERITIES", "Audit", "NotRun", "Rule", "Severity", "audit", "in_all", "rules"]
