"""Scenarios: the changes a user wants to price, as data. They are priced in analysis.whatif.visits.

`changes` holds the records, `checks` what they may contain, `files` their TOML form, `store` those the user keeps,
`link` those in a web address.
"""

from analysis.whatif.scenarios import link, store
from analysis.whatif.scenarios.changes import (
    BASELINE,
    EVERYWHERE,
    UNSAID,
    AssistantChange,
    Basis,
    Contract,
    GpciChange,
    MpprChange,
    Provenance,
    Recode,
    RulesChange,
    RvuChange,
    Scenario,
    ScheduleChange,
    SequestrationChange,
    VolumeChange,
)
from analysis.whatif.scenarios.files import (
    contract_from,
    contract_table,
    contracts_toml,
    read,
    read_bytes,
    read_contracts,
    to_toml,
)

__all__ = [
    "BASELINE",
    "EVERYWHERE",
    "UNSAID",
    "AssistantChange",
    "Basis",
    "Contract",
    "GpciChange",
    "MpprChange",
    "Provenance",
    "Recode",
    "RulesChange",
    "RvuChange",
    "Scenario",
    "ScheduleChange",
    "SequestrationChange",
    "VolumeChange",
    "contract_from",
    "contract_table",
    "contracts_toml",
    "link",
    "read",
    "read_bytes",
    "read_contracts",
    "store",
    "to_toml",
]
