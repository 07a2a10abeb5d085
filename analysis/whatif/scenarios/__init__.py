"""Scenarios: the changes a user wants to price, as data. They are priced in analysis.whatif.visits.

`kinds` holds the kinds of changes, one file each, `scenario` the list of them, `files` their TOML form, `store` those
the user keeps, `link` those in a web address.
"""

from analysis.whatif.scenarios import link, store
from analysis.whatif.scenarios.change import EVERYWHERE, Change
from analysis.whatif.scenarios.files import (
    contract_from,
    contract_table,
    contracts_toml,
    read,
    read_bytes,
    read_contracts,
    to_toml,
)
from analysis.whatif.scenarios.kinds import KINDS
from analysis.whatif.scenarios.kinds.assistants import AssistantChange
from analysis.whatif.scenarios.kinds.contract import Basis, Contract, check_contracts
from analysis.whatif.scenarios.kinds.gpci import GpciChange
from analysis.whatif.scenarios.kinds.mppr import MpprChange
from analysis.whatif.scenarios.kinds.recode import Recode
from analysis.whatif.scenarios.kinds.rules import RulesChange
from analysis.whatif.scenarios.kinds.rvu import RvuChange
from analysis.whatif.scenarios.kinds.schedule import ScheduleChange
from analysis.whatif.scenarios.kinds.sequestration import SequestrationChange
from analysis.whatif.scenarios.kinds.volume import VolumeChange
from analysis.whatif.scenarios.provenance import UNSAID, Provenance
from analysis.whatif.scenarios.scenario import BASELINE, Scenario, without_none

__all__ = [
    "BASELINE",
    "EVERYWHERE",
    "KINDS",
    "UNSAID",
    "AssistantChange",
    "Basis",
    "Change",
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
    "check_contracts",
    "contract_from",
    "contract_table",
    "contracts_toml",
    "link",
    "read",
    "read_bytes",
    "read_contracts",
    "store",
    "to_toml",
    "without_none",
]
