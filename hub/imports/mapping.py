"""Which column is what: guessed from the header, corrected by a person, then used to turn a row into a person. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from hub.contacts import normalising
from hub.contacts.incoming import LABELS, TEXT_FIELDS, Consent, Incoming
from hub.db.errors import Invalid

CUSTOM = "custom:"
IGNORE = ""

TARGETS: dict[str, str] = {
    **{name: LABELS[name] for name in TEXT_FIELDS},
    "full_name": "Full name",
    **{
        name: LABELS[name]
        for name in ("deal_size", "external_id", "lead_source", "sales_cycle", "assigned_user", "tags")
    },
    **{name: LABELS[name] for name in ("email_ok", "sms_ok", "call_ok")},
}
"""What a column can be, and how the mapping screen calls it; beside these ``custom:Label``."""

_SPELLINGS: dict[str, str] = {
    "first_name": "firstname fname givenname forename vorname prenom nombre clientfirstname first",
    "last_name": "lastname lname surname familyname nachname nom apellido clientlastname last",
    "full_name": "name fullname client clientname contact contactname customer customername membername displayname",
    "email": "email emailaddress mail emailadresse correo primaryemail email1",
    "phone_cell": (
        "phone cell cellphone mobile mobilephone phonecell phonenumber telephone handy tel cellular mobilenumber "
        "primaryphone phone1"
    ),
    "phone_home": "homephone phonehome home landline phone2",
    "phone_work": "workphone phonework businessphone officephone work phone3",
    "company": "company companyname organization organisation business firma employer account",
    "line1": "address address1 street streetaddress addressline1 mailingstreet strasse line1 mailingaddress",
    "line2": "address2 addressline2 apt suite unit line2",
    "city": "city town ort ciudad mailingcity",
    "state": "state province region stateprovince mailingstate",
    "zip": "zip zipcode postal postalcode postcode plz mailingzip",
    "country": "country land pais mailingcountry",
    "whiteboard": "whiteboard notes note comments comment description remarks",
    "deal_size": "dealsize deal amount value dealvalue opportunity",
    "external_id": "id externalid userid memberid clientid customerid contactid recordid",
    "lead_source": "leadsource source origin referralsource howdidyouhear",
    "sales_cycle": "salescycle stage status pipelinestage salesstage leadstatus",
    "assigned_user": "assigneduser assignedto owner salesperson salesrep rep assigned leadowner",
    "tags": "tags tag labels groups",
    "email_ok": "emailok emailoptin emailconsent optinemail mayemail",
    "sms_ok": "smsok smsoptin smsconsent textoptin textok maytext",
    "call_ok": "callok calloptin callconsent maycall",
}
_GUESSES = {spelling: target for target, spellings in _SPELLINGS.items() for spelling in spellings.split()}
_NOT_LETTERS = re.compile(r"[^a-z0-9]")

FINDS_SOMEBODY = (
    "first_name",
    "last_name",
    "full_name",
    "email",
    "phone_cell",
    "phone_home",
    "phone_work",
    "company",
    "external_id",
)


def guess(header: Sequence[str], custom_labels: Iterable[str] = ()) -> list[str]:
    """A target for every column by its name; the first column of a kind gets it, what is not known stays out."""
    own = {normalising.fold(label): CUSTOM + label for label in custom_labels}
    targets: list[str] = []
    for name in header:
        folded = normalising.fold(name)
        target = _GUESSES.get(_NOT_LETTERS.sub("", folded), "") or own.get(folded, IGNORE)
        targets.append(IGNORE if target in targets else target)
    return targets


def check(header: Sequence[str], targets: Sequence[str]) -> list[str]:
    """The targets, if they can be used. Raises ``Invalid`` with a sentence for each column that cannot."""
    if len(targets) != len(header):
        raise Invalid({"mapping": f"The file has {len(header)} columns; say for each what it is."})
    wrong: dict[str, str] = {}
    for number, (name, target) in enumerate(zip(header, targets, strict=True)):
        if target in targets[:number] and target:
            wrong[f"column_{number}"] = f"“{name}”: another column is that already."
        elif not _usable(target):
            wrong[f"column_{number}"] = f"“{name}” cannot become that."
    if not wrong and not set(FINDS_SOMEBODY) & set(targets):
        wrong["mapping"] = "Choose a column for at least a name, an e-mail address, a phone number or an id."
    if wrong:
        raise Invalid(wrong)
    return list(targets)


def new_labels(targets: Iterable[str]) -> list[str]:
    """The labels of custom fields among the targets."""
    return [target.removeprefix(CUSTOM) for target in targets if target.startswith(CUSTOM)]


def person(cells: Sequence[str], targets: Sequence[str]) -> Incoming:
    """One row as a person at the door."""
    said = {target: cell for target, cell in zip(targets, cells, strict=True) if target and cell}
    fields = {name: cell for name, cell in said.items() if name in TEXT_FIELDS}
    if whole := said.get("full_name"):
        first, last = split_name(whole)
        fields = {"first_name": first, "last_name": last} | fields
    return Incoming(
        fields,
        external_id=said.get("external_id", ""),
        lead_source=said.get("lead_source", ""),
        sales_cycle=said.get("sales_cycle", ""),
        assigned=said.get("assigned_user", ""),
        deal_size=said.get("deal_size", ""),
        tags=tuple(re.split(r"[,;|]", said["tags"])) if "tags" in said else (),
        custom={target.removeprefix(CUSTOM): cell for target, cell in said.items() if target.startswith(CUSTOM)},
        consent=_consent(said),
        not_understood=tuple(
            (name, said[name].strip()) for name in _WAYS if said.get(name, "").strip() and _said(said, name) is None
        ),
    )


def split_name(whole: str) -> tuple[str, str]:
    """First and last name of ``Ada King Lovelace`` or ``Lovelace, Ada``."""
    text = normalising.line(whole)
    if "," in text:
        last, _, first = text.partition(",")
        return first.strip(), last.strip()
    first, _, last = text.rpartition(" ")
    return (first, last) if first else (last, "")


_WAYS = ("email_ok", "sms_ok", "call_ok")


def _consent(said: dict[str, str]) -> Consent:
    email, sms, call = (_said(said, name) for name in _WAYS)
    return Consent(email, sms, call)


def _said(said: dict[str, str], name: str) -> bool | None:
    return normalising.yes_or_no(said[name]) if name in said else None


def _usable(target: str) -> bool:
    label = target.removeprefix(CUSTOM)
    custom = target.startswith(CUSTOM) and 0 < len(label.strip()) <= 60 and not set("{}") & set(label)
    return target == IGNORE or target in TARGETS or custom
