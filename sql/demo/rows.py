"""The rows of one demo tenant, in every service's tables. Pure: the same random source gives the same rows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sql.demo import words

Row = tuple[Any, ...]
Table = tuple[str, str]
"""Service and table."""

COLUMNS: dict[Table, tuple[str, ...]] = {
    ("user_service", "users"): ("id", "email", "password_hash", "first_name", "last_name", "created_at"),
    ("user_service", "organizations"): ("id", "owner_id", "name", "slug", "description", "created_at"),
    ("user_service", "organization_members"): ("id", "organization_id", "user_id", "role", "joined_at"),
    ("event_service", "events"): (
        "id", "tenant_id", "organizer_id", "title", "description", "status", "starts_at", "ends_at", "timezone",
    ),
    ("event_service", "ticket_types"): ("id", "tenant_id", "event_id", "name", "quantity", "sold_count"),
    ("event_service", "registrations"): (
        "id", "tenant_id", "event_id", "ticket_type_id", "user_id", "status", "confirmation_code", "created_at",
    ),
    ("event_service", "check_ins"): ("id", "tenant_id", "registration_id", "checked_in_by", "checked_in_at"),
    ("payment_service", "payments"): (
        "id", "tenant_id", "registration_id", "provider", "provider_payment_id", "status", "amount_cents", "currency",
        "created_at", "completed_at",
    ),
    ("payment_service", "refunds"): ("id", "tenant_id", "payment_id", "amount_cents", "reason", "status", "created_at"),
    ("notification_service", "notification_templates"): ("id", "code", "channel", "locale", "subject", "body"),
    ("notification_service", "notifications"): (
        "id", "tenant_id", "template_id", "user_id", "status", "created_at", "sent_at",
    ),
    ("media_service", "media_files"): (
        "id", "tenant_id", "uploaded_by", "bucket", "file_name", "content_type", "size_bytes",
    ),
    ("analytics_service", "analytics_events"): ("occurred_at", "id", "name", "service", "value"),
}  # fmt: skip
"""What is filled, parents before children; other columns keep their defaults."""

Rows = dict[Table, list[Row]]


def platform_rows(random: Random) -> Rows:
    """The rows that belong to no tenant: templates, under codes of their own for each run."""
    run = _token(random)
    rows = [
        (_uuid(random), f"{code}_{run}", "EMAIL", "en", code.replace("_", " ").capitalize(), "Hello {{ first_name }}")
        for code in words.TEMPLATES
    ]
    return {("notification_service", "notification_templates"): rows}


def tenant_rows(random: Random, registrations: int, now: datetime, templates: list[str]) -> Rows:
    """One organization with a team, and events with so many registrations; `templates` are ids."""
    tenant = _Tenant(random, now, templates)
    tenant.add_organization()
    for event in _shares(registrations, random):
        tenant.add_event(event)
    return tenant.rows


@dataclass
class _Tenant:
    random: Random
    now: datetime
    templates: list[str]
    rows: Rows = field(default_factory=lambda: {table: [] for table in COLUMNS})
    id: str = ""
    team: list[str] = field(default_factory=list)

    def add_organization(self) -> None:
        self.id = _uuid(self.random)
        self.team = [self._user() for _ in range(4)]
        name = f"{self._one_of(words.ADJECTIVES)} {self._one_of(words.NOUNS)}"
        slug = f"{name.lower().replace(' ', '-')}-{_token(self.random)}"
        founded = self._past(900)
        self._add("user_service", "organizations", self.id, self.team[0], name, slug, None, founded)
        for user, role in zip(self.team, ("OWNER", "ADMIN", "ORGANIZER", "MEMBER"), strict=True):
            self._add("user_service", "organization_members", _uuid(self.random), self.id, user, role, founded)

    def add_event(self, registrations: int) -> None:
        event = _uuid(self.random)
        starts = self.now + timedelta(hours=self.random.randint(-180 * 24, 180 * 24))
        title = f"{self._one_of(words.TOPICS)} {self._one_of(words.OCCASIONS)}"
        status = "COMPLETED" if starts < self.now else self._one_of(("DRAFT", "PUBLISHED", "PUBLISHED", "CANCELLED"))
        ends, timezone = starts + timedelta(hours=self.random.randint(1, 72)), self._one_of(words.TIMEZONES)
        organizer = self._one_of(self.team[:3])
        self._add("event_service", "events", event, self.id, organizer, title, None, status, starts, ends, timezone)
        self._add("media_service", "media_files", _uuid(self.random), self.id, organizer, "media-images",
                  "cover.webp", "image/webp", self.random.randint(10_000, 900_000))  # fmt: skip
        tickets = [_uuid(self.random) for _ in words.TICKETS]
        sold = [self.random.choice(tickets) for _ in range(registrations)]
        for ticket, name in zip(tickets, words.TICKETS, strict=True):
            count = sold.count(ticket)
            self._add("event_service", "ticket_types", ticket, self.id, event, name, count + 20, count)
        for ticket in sold:
            self._add_registration(event, ticket, starts)

    def _add_registration(self, event: str, ticket: str, starts: datetime) -> None:
        registration, user = _uuid(self.random), self._user()
        at = min(starts, self.now) - timedelta(minutes=self.random.randint(1, 90 * 1440))
        status = self._one_of(("CONFIRMED", "CONFIRMED", "CONFIRMED", "PENDING", "WAITLISTED", "CANCELLED"))
        code = f"{self.random.getrandbits(50):010X}"[:12]
        self._add("event_service", "registrations", registration, self.id, event, ticket, user, status, code, at)
        if status == "CONFIRMED" and starts < self.now:
            arrived = starts + timedelta(minutes=self.random.randint(-30, 60))
            self._add("event_service", "check_ins", _uuid(self.random), self.id, registration, self.team[3], arrived)
        if status in ("CONFIRMED", "CANCELLED"):
            self._add_payment(registration, at, is_refunded=status == "CANCELLED")
        self._add("notification_service", "notifications", _uuid(self.random), self.id,
                  self._one_of(self.templates), user, "SENT", at, at)  # fmt: skip
        self._add("analytics_service", "analytics_events", at, _uuid(self.random), self._one_of(words.METRICS),
                  "event", round(self.random.random() * 1000, 1))  # fmt: skip

    def _add_payment(self, registration: str, at: datetime, *, is_refunded: bool) -> None:
        payment, amount = _uuid(self.random), self.random.randint(5, 300) * 100
        status = "REFUNDED" if is_refunded else "COMPLETED"
        provider_id = f"pi_{self.random.getrandbits(80):020x}"
        self._add("payment_service", "payments", payment, self.id, registration, "stripe", provider_id, status,
                  amount, "EUR", at, at)  # fmt: skip
        if is_refunded:
            self._add("payment_service", "refunds", _uuid(self.random), self.id, payment, amount,
                      self._one_of(words.REASONS), "COMPLETED", at + timedelta(hours=1))  # fmt: skip

    def _user(self) -> str:
        user, first, last = _uuid(self.random), self._one_of(words.FIRST_NAMES), self._one_of(words.LAST_NAMES)
        email = f"{first}.{last}.{user[:13]}@example.org".lower()
        # No password has this hash, so nobody can log in as a demo user.
        self._add("user_service", "users", user, email, "{noop-disabled}demo-data", first, last, self._past(900))
        return user

    def _add(self, service: str, table: str, *values: Any) -> None:
        self.rows[service, table].append(values)

    def _one_of(self, choices: Any) -> Any:
        return choices[int(self.random.random() * len(choices))]

    def _past(self, days: int) -> datetime:
        return self.now - timedelta(minutes=self.random.randint(0, days * 1440))


def _shares(total: int, random: Random) -> Iterator[int]:
    """Events of 5 to 50 registrations that add up to the total; one empty event where there are none."""
    if total == 0:
        yield 0
    while total > 0:
        share = min(total, random.randint(5, 50))
        total -= share
        yield share


def _uuid(random: Random) -> str:
    digits = f"{random.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _token(random: Random) -> str:
    return f"{random.getrandbits(40):010x}"


def current_moment() -> datetime:
    """Now, as the rows' time base."""
    return datetime.now(UTC).replace(microsecond=0)
