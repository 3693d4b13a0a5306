"""The stack's certificate authority and what it signs."""

from collections.abc import Sequence

import pulumi

from infra.components.resources import Authority, Certificate
from infra.model.stack import Stack

SUPERUSER = "postgres"


class Trust(pulumi.ComponentResource):
    """One authority per stack. Servers get certificates from it; so does the provisioner's superuser login."""

    def __init__(self, stack: Stack, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aqstream:data:Trust", "trust", None, opts)
        self._stack = stack
        self._authority = Authority(
            "authority",
            f"AqStream {stack.name} CA",
            stack.certificates.authority_validity,
            pulumi.ResourceOptions(parent=self),
        )
        self.authority = self._authority.certificate
        self.superuser = self._issue(self, "superuser", SUPERUSER, "client", ())
        self.register_outputs({"authority": self.authority})

    def server(self, owner: pulumi.Resource, name: str, aliases: Sequence[str] = ()) -> Certificate:
        """A server's certificate for its names on the networks and for the published address."""
        return self._issue(owner, f"{name}-certificate", name, "server", self._names(name, aliases))

    def peer(self, owner: pulumi.Resource, name: str, aliases: Sequence[str] = ()) -> Certificate:
        """The same, with which the server also shows others of its cluster who it is.

        It has no subject: etcd takes that for a login, and refuses it from who comes through its gateway as Patroni
        does, with a password.
        """
        return self._issue(owner, f"{name}-certificate", "", "peer", self._names(name, aliases))

    def client(self, owner: pulumi.Resource, name: str, subject: str) -> Certificate:
        """A client's certificate; servers take the subject for its user."""
        return self._issue(owner, name, subject, "client", ())

    def _names(self, name: str, aliases: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys([name, self._stack.physical(name), *aliases, "localhost"]))

    def _issue(self, owner: pulumi.Resource, name: str, subject: str, usage: str, names: Sequence[str]) -> Certificate:
        addresses = dict.fromkeys(["127.0.0.1", *self._stack.addresses]) if usage != "client" else {}
        lifetimes = self._stack.certificates
        props = {
            "commonName": subject,
            "dnsNames": list(names),
            "ipAddresses": [address for address in addresses if address != "0.0.0.0"],  # noqa: S104 left out, not bound
            "usage": usage,
            "validity": lifetimes.validity,
            "renewBefore": lifetimes.renew_before,
            "authorityCertificate": self._authority.certificate,
            "authorityKey": self._authority.privateKey,
        }
        return Certificate(name, props, pulumi.ResourceOptions(parent=owner))
