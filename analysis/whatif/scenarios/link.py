"""A scenario at the end of a web address: its file's text, packed. It contains no line of an export."""

from __future__ import annotations

import binascii
import zlib
from base64 import b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING

from analysis.errors import BadInput
from analysis.whatif.scenarios.files import read, to_toml
from analysis.whatif.scenarios.limits import counts

if TYPE_CHECKING:
    from analysis.whatif.scenarios import Scenario

_VERSION = "1"
"""First character of every link. Links stay valid for years: another _COMMON needs another version next to this one."""
_COMMON = (
    b'applies_to = ["Medicare"]\nlocality = "\nwork = 0.\npe = 0.\nmp = 0.\nmodifier = "work_rvu = 0.\n'
    b'pe_rvu = 0.\nmp_rvu = 0.0\n\n[[contract]]\npayer = "\npayer_class = "Commercial"\nbasis = "medicare"\n'
    b'basis = "observed"\nbasis = "charges"\nbasis = "visit"\nvisit = \nvisit_cap = \nbasis = "fees"\n'
    b"fees = { 97110 = 97112 = 97140 = 97530 = 97116 = 97535 = .00, \npercent = 1.0\nyear = 202\n"
    b'mppr = false\n\n[[rvu]]\ncode = "971\n\n[gpci]\n\n[rules]\nyear = 202\n\n[sequestration]\nrate = 0.0\n\n'
    b"[assistants]\nrate = 0.85\nto_therapist = 0.\n\n[mppr]\nrate = 0.5\n\n[[volume]]\nchange = 0.05\n"
    b'change = -0.0\n\n[schedule]\nperiod = 202\ntrack = "qp"\nleave_out = ["\nyear = 2026\n'
    b'conversion_factor = 3\nentered_by = "\nentered_on = 2026-\nreason = "\n'
    b'where = { payer = ["clinic = ["provider = ["discipline = ["PT"], start = 2026-, end = 2026-01-01 }\n'
    b'where = { payer_class = ["Medicare Advantage"] }\nwhere = { payer_class = ["Medicare"] }\n'
    b'units_per_visit = "all"\nshare = 1.0\nname = "97140 to 97530"\nname = "97110 to 97530"\n'
    b'name = "One unit a visit from 97110 to 97112"\nnote = "\n\n[[recode]]\nfrom = "97110"\nto = "97530"\n'
    b'to = "97112"\nunits_per_visit = 1\nshare = 0.2\n'
)
"""Text that is common in scenarios, the most common last: a link then only stores where it differs."""


def encode(scenario: Scenario) -> str:
    """Encode the scenario as letters, digits, ``-`` and ``_``; `decode` returns an equal one.

    Raises
    ------
    BadInput
        For a scenario that is too long for a link.
    """
    text = to_toml(scenario, explained=False).encode()
    if len(text) > counts().link_bytes:
        raise BadInput(
            f"a scenario of {len(text):,} characters",
            expected=f"at most {counts().link_bytes:,} characters in a link",
            todo="save it as a file and send the file",
        )
    packer = zlib.compressobj(zlib.Z_BEST_COMPRESSION, zdict=_COMMON)
    packed = packer.compress(text) + packer.flush()
    return _VERSION + urlsafe_b64encode(packed).decode("ascii").rstrip("=")


def decode(link: str) -> Scenario:
    """Decode the scenario of a link.

    Raises
    ------
    BadInput
        For a link that is cut off, changed, from another version of RevMix, or too long; and for anything a scenario
        may not contain.
    """
    packed = link.strip()
    if not packed.startswith(_VERSION):
        raise _broken("a link that is not a scenario link")
    if len(packed) > 2 * counts().link_bytes:
        raise _broken(f"a link of {len(packed):,} characters")
    unpacker = zlib.decompressobj(zdict=_COMMON)
    try:
        body = packed[len(_VERSION) :]
        data = b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        text = unpacker.decompress(data, counts().link_bytes + 1)  # never more than that, however much it unpacks to
        if len(text) > counts().link_bytes:
            raise _broken("a link that holds more than a scenario")
        if not unpacker.eof or unpacker.unused_data:
            raise _broken("a link that is incomplete or too long")
        plain = text.decode("utf-8")
    except (binascii.Error, zlib.error, ValueError) as error:
        raise _broken("a link that was changed in transit") from error
    return read(plain, "the link")


def _broken(found: str) -> BadInput:
    return BadInput(found, expected="a scenario link made by RevMix", todo="copy the whole link again")
