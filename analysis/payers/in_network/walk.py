"""One reading of an in-network file: which provider groups are the clinic's, and the prices of its codes.

A second reading is needed where a file has its parts in another order than the schema's examples: the provider groups
after the prices that refer to them, or a code after its own prices. JSON sets no order, and keeping every price until
its group is known would take as much memory as the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analysis.errors import BadInput, printable
from analysis.payers.in_network.events import build, elements, members, skip
from analysis.payers.in_network.identifiers import Match, group_key, identifiers_text
from analysis.payers.in_network.market import Counts
from analysis.payers.in_network.opening import EXPECTED
from analysis.payers.in_network.prices import CSTM_00, arrangement_of, read_price

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.payers.in_network.events import Events
    from analysis.payers.in_network.identifiers import Clinic
    from analysis.payers.in_network.prices import Price

CODE_TYPES = frozenset({"CPT", "HCPCS", "CSTM-ALL", ""})
"""Kinds of code that therapy is billed with; CSTM-ALL stands for all kinds."""
ALL_CODES = frozenset({CSTM_00, "CSTM-ALL"})
_OTHER_KINDS = {
    "out_of_network": "an allowed-amounts file: what the payer paid providers outside its network",
    "reporting_structure": "a table of contents: the list of a payer's files",
    "provider_groups": "a provider-reference file: provider groups without prices",
}
_HEAD = ("reporting_entity_name", "last_updated_on", "version", "plan_name")
_ITEM_KEYS = ("billing_code_type", "billing_code", "negotiation_arrangement")
_SHOWN = 3
"""How many addresses and provider groups a message shows."""


@dataclass(slots=True)
class Groups:
    """What is known of the provider groups.

    Attributes
    ----------
    matches:
        provider_group_id -> how it is the clinic's, only for those that are.
    sizes:
        provider_group_id -> how many groups it holds, only where it is not one.
    count:
        How many groups the references hold.
    has_clinic:
        Whether one of all groups read is the clinic's.
    elsewhere, addresses:
        How many ids point to another address for their groups, and the first of these addresses.
    examples:
        The first identifiers of the file, to show what they look like.
    """

    matches: dict[object, Match] = field(default_factory=dict)
    sizes: dict[object, int] = field(default_factory=dict)
    count: int = 0
    has_clinic: bool = False
    elsewhere: int = 0
    addresses: dict[str, None] = field(default_factory=dict)
    examples: dict[str, None] = field(default_factory=dict)


class Walk:
    """One reading of a file, or the second, which knows what the first found.

    Attributes
    ----------
    head:
        The file's own texts, by name: reporting_entity_name, last_updated_on, version, plan_name.
    prices:
        The clinic's prices, each with how its group matches.
    counts:
        All providers' prices.
    items, groups_inside, unreadable:
        How many entries in_network has, groups inside the requested prices, prices without a usable number.
    is_first, needs_another_reading:
        Whether it is the first reading, and whether another reading is needed for them to be complete.
    """

    def __init__(self, name: str, clinic: Clinic, codes: frozenset[str], first: Walk | None = None) -> None:
        self.name, self.clinic, self.codes = name, clinic, codes
        self.head: dict[str, str] = {} if first is None else first.head
        self.groups: Groups = Groups() if first is None else first.groups
        self.late_codes: dict[int, tuple[str, str]] = {} if first is None else first.late_codes
        self.prices: dict[Price, Match] = {}
        self.counts = Counts()
        self.needs_another_reading = False
        self.items = self.unreadable = self.groups_inside = 0
        self.is_first = first is None
        self._knows_groups = first is not None
        self._has_prices = False

    def run(self, events: Events) -> None:
        """Read the file.

        Raises
        ------
        BadInput
            For JSON that is not an in-network file.
        """
        event, _ = next(events)
        if event != "start_map":
            raise self._another("JSON that is a list or a single value")
        for key, first, value in members(events):
            if key == "provider_references" and first == "start_array" and self.is_first:
                self._references(events)
                self._knows_groups = True
            elif key == "in_network" and first == "start_array":
                self._has_prices = True
                self._in_network(events)
            elif key in _OTHER_KINDS:
                raise self._another(_OTHER_KINDS[key])
            else:
                if key in _HEAD and isinstance(value, str):
                    self.head[key] = printable(value)
                skip(events, first)
        next(events, None)  # the parser refuses whatever comes after the file's one value
        if not self._has_prices:
            raise self._another('a JSON file without the list "in_network"')

    def _another(self, found: str) -> BadInput:
        todo = "choose the payer's file of in-network rates; its name often contains in-network"
        return BadInput(found, expected=EXPECTED, todo=todo, file=self.name)

    # ------------------------------------------------------------------------------------------------ provider groups
    def _references(self, events: Events) -> None:
        for event, _ in elements(events):
            if event == "start_map":
                self._reference(events)
            else:
                skip(events, event)

    def _reference(self, events: Events) -> None:
        key: object = None
        address: str | None = None
        match, size = Match.NONE, 0
        for name, first, value in members(events):
            if name == "provider_groups" and first == "start_array":
                match, size = self._provider_groups(events)
                continue
            if name == "provider_group_id":
                key = group_key(value)
            elif name == "location" and isinstance(value, str):
                address = printable(value)
            skip(events, first)
        groups = self.groups
        groups.count += size
        if address is not None and not size:
            groups.elsewhere += 1
            if len(groups.addresses) < _SHOWN:
                groups.addresses.setdefault(address)
        elif size != 1:
            groups.sizes[key] = size
        if match:
            groups.matches[key] = match

    def _provider_groups(self, events: Events) -> tuple[Match, int]:
        """Read a list of groups; return how the surest is the clinic's, and how many there are."""
        best, size, groups, clinic = Match.NONE, 0, self.groups, self.clinic
        for event, value in elements(events):
            group = build(events, event, value)
            if not isinstance(group, dict):
                continue
            size += 1
            npis, tin = group.get("npi"), group.get("tin")
            best = max(best, clinic.match(npis, tin))
            if len(groups.examples) < _SHOWN:
                groups.examples.setdefault(identifiers_text(npis, tin))
        groups.has_clinic |= best > Match.NONE
        return best, size

    # --------------------------------------------------------------------------------------------------------- prices
    def _in_network(self, events: Events) -> None:
        for event, _ in elements(events):
            if event == "start_map":
                self._item(events, self.items)
                self.items += 1
            else:
                skip(events, event)

    def _item(self, events: Events, number: int) -> None:
        item_keys: dict[str, object] = {}
        has_late_code = False
        for key, first, value in members(events):
            if key in _ITEM_KEYS:
                item_keys[key] = value
                skip(events, first)
            elif key == "negotiated_rates" and first == "start_array":
                requested = self.late_codes.get(number) or self._requested(item_keys)
                if requested is None:
                    has_late_code = has_late_code or (self.is_first and len(item_keys) < len(_ITEM_KEYS))
                    skip(events, first)
                else:
                    for event, _ in elements(events):
                        if event == "start_map":
                            self._rate(events, *requested)
                        else:
                            skip(events, event)
            else:
                skip(events, first)
        if has_late_code and (requested := self._requested(item_keys, is_whole=True)) is not None:
            self.late_codes[number] = requested
            self.needs_another_reading = True

    def _requested(self, item_keys: Mapping[str, object], *, is_whole: bool = False) -> tuple[str, str] | None:
        """Return code and arrangement of a requested item; None for others, and while that is not known."""
        if len(item_keys) < len(_ITEM_KEYS) and not is_whole:
            return None
        kind, code = (str(item_keys.get(name) or "").strip().upper() for name in _ITEM_KEYS[:2])
        if kind not in CODE_TYPES or not (code in self.codes or code in ALL_CODES):
            return None
        return (CSTM_00 if code in ALL_CODES else code), arrangement_of(item_keys.get("negotiation_arrangement"))

    def _rate(self, events: Events, code: str, arrangement: str) -> None:
        """Read one entry of an item: some prices, and the groups they hold for."""
        match, size = Match.NONE, 0
        prices: object = None
        for key, first, value in members(events):
            if key == "provider_references" and first == "start_array":
                match_and_groups = self._referred(events)
            elif key == "provider_groups" and first == "start_array":
                match_and_groups = self._provider_groups(events)
                self.groups_inside += match_and_groups[1]
            else:
                if key == "negotiated_prices":
                    prices = build(events, first, value)
                else:
                    skip(events, first)
                continue
            match, size = max(match, match_and_groups[0]), size + match_and_groups[1]
        if not isinstance(prices, list):
            return
        prices_read = [price for entry in prices if (price := read_price(entry, code, arrangement)) is not None]
        self.unreadable += len(prices) - len(prices_read)
        self.counts.add(prices_read, size)
        if match:
            for price in prices_read:
                self.prices[price] = max(match, self.prices.get(price, match))

    def _referred(self, events: Events) -> tuple[Match, int]:
        """Read a list of provider_group_ids: how the surest is the clinic's, and how many groups they are."""
        best, size = Match.NONE, 0
        matches, sizes = self.groups.matches, self.groups.sizes
        if not self._knows_groups:
            self.needs_another_reading = True
        for event, value in elements(events):
            if value is None:
                skip(events, event)
                continue
            key = group_key(value) if isinstance(value, str) else value
            size += sizes.get(key, 1)
            if key in matches:
                best = max(best, matches[key])
        return best, size
