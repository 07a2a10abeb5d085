"""Audit of claims as billed: what does not hold and why, dollars both ways, and which rules could not run."""

from analysis.audit.audit import FINDINGS, RULES, Audit, NotRun, audit, in_all
from analysis.audit.facts import SEVERITIES, Rule, Severity, rules
from analysis.audit.summary import BY_RULE, SEVERITY_WORDS, by, by_rule, lines_of, within

__all__ = [
    "BY_RULE",
    "FINDINGS",
    "RULES",
    "SEVERITIES",
    "SEVERITY_WORDS",
    "Audit",
    "NotRun",
    "Rule",
    "Severity",
    "audit",
    "by",
    "by_rule",
    "in_all",
    "lines_of",
    "rules",
    "within",
]
