"""The file of settings of an office server: every fault in one line that names the file, the line and the way out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from analysis.errors import BadInput
from analysis.system.office import Office, read_office
from serving.office import Verdict, audit, login_of, verdict
from serving.sessions import sessions
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SHOWN = (ROOT / "docs" / "office" / "office.toml").read_text(encoding="utf-8")


def read(folder: Path, text: str) -> Office:
    file = folder / "office.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return read_office(file)


def test_the_file_that_the_docs_show_is_one(tmp_path: Path) -> None:
    office = read(tmp_path, SHOWN)
    assert office.address == "https://revmix.clinic.example"
    assert (office.idle_minutes, office.prompt, office.accept_missing_email_verified) == (30, "login", False)
    assert office.allows(" Ann@Clinic.example ")
    assert not office.allows("ann@clinic.example.evil")
    assert not office.allows("")
    assert len(office.cookie_secret) >= 32
    assert office.cookie_secret != read(tmp_path, SHOWN).cookie_secret
    assert "secret" not in repr(office)


def test_a_domain_is_everybody_of_it_and_nobody_of_one_below(tmp_path: Path) -> None:
    office = read(tmp_path, SHOWN.replace("domains = []", 'domains = ["Clinic.example"]'))
    assert office.allows("zoe@clinic.example")
    assert not office.allows("zoe@mail.clinic.example")
    assert not office.allows("zoe@notclinic.example")


@pytest.mark.parametrize(
    ("there", "instead", "says"),
    [
        ('address = "https', 'adress = "https', "row 4: found a setting adress, * did you mean address?"),
        ('"https://revmix.clinic.example"', '"http://revmix.clinic.example"', "row 4: * expected https"),
        ('"https://revmix.clinic.example"', '"https://revmix.clinic.example/app"', "row 4: * nothing after the host"),
        ('"https://revmix.clinic.example"', '"revmix"', "row 4: * an address such as"),
        ('"https://revmix.clinic.example"', '"https://[::1"', "row 4: * an address such as"),
        ('"https://revmix.clinic.example"', "7", "row 4: found address that is not a text in quotes"),
        ('"https://revmix.clinic.example"', '"https://revmix.clinic.example', "row 4: found a line that is not TOML"),
        ("idle_minutes = 30", "idle_minutes = 0", "row 6: found 0 minutes; expected more than 0, at most 1440"),
        ("idle_minutes = 30", 'idle_minutes = "30"', "row 6: found idle_minutes that is not a number"),
        ("idle_minutes = 30", "idle_minutes = true", "row 6: found idle_minutes that is not a number"),
        ('# cookie_secret = ""', 'cookie_secret = "short"', "row 9: found a secret of 5 characters"),
        ('client_id = "revmix"', "", "row 11: found no setting client_id"),
        ('client_id = "revmix"', 'client_id = ""', "row 15: found an empty client_id"),
        ("[sign_in]", "[signin]", "row 11: found a setting signin, * did you mean sign_in?"),
        ("[allow]", "[[allow]]", "row 23: found allow that is not a table"),
        ('emails = ["ann@clinic.example"]', "emails = []", "row 23: found nobody"),
        ('["ann@clinic.example"]', '["ann"]', "row 25: found 'ann' in emails"),
        ('["ann@clinic.example"]', "[5]", "row 25: found 5 in emails"),
        ("domains = []", 'domains = ["*"]', "row 26: found '*' in domains"),
        (
            "accept_missing_email_verified = false",
            'accept_missing_email_verified = "no"',
            "row 21: * not true or false",
        ),
    ],
)
def test_each_fault_names_its_line_and_what_to_do(tmp_path: Path, there: str, instead: str, says: str) -> None:
    assert there in SHOWN
    with pytest.raises(BadInput) as caught:
        read(tmp_path, SHOWN.replace(there, instead, 1))
    told = str(caught.value)
    assert "\n" not in told
    first, _, rest = says.partition(" * ")
    assert told.startswith(f"office.toml, {first}")
    assert rest in told
    assert "; expected " in told


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        read_office(tmp_path / "none.toml")
    (tmp_path / "office.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="not text"):
        read_office(tmp_path / "office.toml")


@pytest.mark.skipif(os.name != "posix", reason="Windows has other permissions")
def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    read(tmp_path, SHOWN)
    (tmp_path / "office.toml").chmod(0o640)
    with pytest.raises(BadInput, match="chmod 600"):
        read_office(tmp_path / "office.toml")


NOW = {"is_logged_in": True, "sub": "1", "email": "ann@clinic.example"}


@pytest.mark.parametrize(
    ("claims", "found"),
    [
        ({}, Verdict.UNKNOWN),
        ({**NOW, "is_logged_in": "yes"}, Verdict.UNKNOWN),
        (NOW, Verdict.UNVERIFIED),
        ({**NOW, "email_verified": False}, Verdict.UNVERIFIED),
        ({**NOW, "email_verified": "false"}, Verdict.UNVERIFIED),
        ({**NOW, "email_verified": True, "email": "eve@elsewhere.example"}, Verdict.UNLISTED),
        ({"is_logged_in": True, "email_verified": True}, Verdict.UNLISTED),
        ({**NOW, "email_verified": True}, Verdict.IDLE),  # issued nobody knows when
    ],
)
def test_who_is_let_in(tmp_path: Path, claims: dict[str, object], found: Verdict) -> None:
    assert verdict(claims, read(tmp_path, SHOWN)) is found


def test_a_provider_that_says_nothing_of_an_address_can_be_trusted_and_one_that_says_no_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions(), "is_alive", lambda login: login == ("1", 5))
    trusting = read(tmp_path, SHOWN.replace("email_verified = false", "email_verified = true"))
    claims = {**NOW, "iat": 5}
    assert login_of(claims) == ("1", 5)
    assert verdict(claims, trusting) is Verdict.WELCOME
    assert verdict({**claims, "email_verified": False}, trusting) is Verdict.UNVERIFIED


def test_the_record_of_who_came_is_one_line_whatever_the_provider_says(capsys: pytest.CaptureFixture[str]) -> None:
    audit("signed in", "eve@x\naudit 2026 signed in: ann@clinic.example", None)
    assert capsys.readouterr().err.count("\n") == 1
