"""The project's one exception tree; every member names what is wrong and the next thing to do.

    AqdataError                    exit 1   anything that stops a command
    ├── ConfigurationError         exit 2   a stack file, service file, template or option is wrong
    │   └── PrerequisiteMissing    exit 2   the host lacks something; the hint is the command that mends it
    ├── AuthenticationError        exit 3   a wrong or missing passphrase
    ├── CannotCheck                exit 3   a check could not gather its evidence
    ├── ResourceError              exit 4   a resource could not be created, changed, read or deleted
    │   ├── HostUnreachable        exit 4   the Docker Engine of a declared host cannot be used
    │   ├── NobodyLeads            exit 4   a cluster has no primary that could hand over
    │   └── OutcomeUnknown         exit 4   the answer to a change was lost: it may have happened
    ├── PolicyViolation            exit 5   a mandatory policy forbids the plan
    ├── StackNotFound              exit 6   no stack of that name
    ├── UnexpectedChanges          exit 7   --expect-no-changes found some
    └── Cancelled                  exit 8   stopped by the user, state saved

The numbers are those of the Pulumi CLI since 3.227; `verify` uses 0-3 of its own convention.
"""


class AqdataError(Exception):
    """What stops a command: `message` names the object and what was expected, `hint` the next command."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigurationError(AqdataError):
    """A stack file, service file, template or option is wrong."""

    exit_code = 2


class PrerequisiteMissing(ConfigurationError):
    """The host lacks something; the hint holds the command that mends it."""


class AuthenticationError(AqdataError):
    """A passphrase is missing or wrong."""

    exit_code = 3


class CannotCheck(AqdataError):
    """A check could not gather its evidence."""

    exit_code = 3


class ResourceError(AqdataError):
    """A resource could not be created, changed, read or deleted."""

    exit_code = 4


class HostUnreachable(ResourceError):
    """The Docker Engine of a declared host cannot be used."""

    @classmethod
    def at(cls, url: str, reason: str, expected: str, trial: str) -> "HostUnreachable":
        """Why the engine at `url` cannot, what was expected of it, and `trial`, a command to see it."""
        return cls(
            f"cannot connect to Docker at {url}: {reason}; expected {expected}",
            f"{trial}; one that is lost for good: `aqdata stack forget-host HOST`, with its name under `hosts:`",
        )


class NobodyLeads(ResourceError):
    """A cluster has no primary that could hand over: it failed, or another one is about to take over."""


class OutcomeUnknown(ResourceError):
    """The answer to a change was lost, or what it left could not be removed: something of it may exist.

    A change that certainly did not happen is a plain ResourceError: one that was refused, or never sent.
    """


class PolicyViolation(AqdataError):
    """A mandatory policy forbids what the plan would do."""

    exit_code = 5


class StackNotFound(AqdataError):
    """There is no stack of that name."""

    exit_code = 6


class UnexpectedChanges(AqdataError):
    """`--expect-no-changes` was given and the plan has changes."""

    exit_code = 7


class Cancelled(AqdataError):
    """The user stopped the command; the state is saved."""

    exit_code = 8
