"""The declared cache keys as constants for services in other languages."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra.model.cache_key import LEASE_SECONDS, CacheKey, params_hash
from infra.model.service import Service
from infra.model.storage import CacheEntry

JAVA_PACKAGE = "io.aqstream.cache"
_EXAMPLE = {"city": "Tromsø", "page": "1"}


def entries(services: Mapping[str, Service]) -> Iterator[tuple[Service, str, CacheEntry]]:
    """Every declared entry with its service and name."""
    for _, service in sorted(services.items()):
        for name, entry in sorted(service.cache.items()):
            yield service, name, entry


def pattern(service: Service, name: str, entry: CacheEntry) -> str:
    """`aqstream:event:event:{id}`."""
    return CacheKey(service.short, name, "", "list" if entry.list else "item", entry.list).pattern


def as_json(services: Mapping[str, Service]) -> str:
    """All entries, and an example by which an implementation of the parameter hash can be checked."""
    described = [_described(service, name, entry) for service, name, entry in entries(services)]
    example = {"parameters": _EXAMPLE, "hash": params_hash(_EXAMPLE)}
    return json.dumps(
        {"entries": described, "leaseSeconds": LEASE_SECONDS, "paramsHashExample": example},
        indent=2,
        ensure_ascii=False,
    )


def _described(service: Service, name: str, entry: CacheEntry) -> dict[str, Any]:
    return {
        "service": service.name,
        "entity": name,
        "pattern": pattern(service, name, entry),
        "ttlSeconds": entry.ttl,
        "server": entry.role,
        "tenantScoped": entry.tenant_scoped,
        "invalidatedBy": entry.invalidated_by,
        "about": entry.about,
    }


def as_java(services: Mapping[str, Service]) -> str:
    """One class with a nested class per service: a lifetime and a key method for each entry."""
    nested = "\n".join(_nested(service) for _, service in sorted(services.items()) if service.cache)
    return _JAVA % {"package": JAVA_PACKAGE, "lease": LEASE_SECONDS, "nested": nested}


def _nested(service: Service) -> str:
    members = "\n".join(_members(service, name, entry) for name, entry in sorted(service.cache.items()))
    kind = _camel(service.short, capital=True)
    return f"    public static final class {kind} {{\n        private {kind}() {{}}\n\n{members}    }}\n"


def _members(service: Service, name: str, entry: CacheEntry) -> str:
    argument = "paramsHash" if entry.list else "id"
    prefix = pattern(service, name, entry).partition("{")[0]
    return (
        f"        /** {entry.about}; {entry.role} server; forgotten at: {entry.invalidated_by}. */\n"
        f"        public static final Duration {name.upper()}_TTL = Duration.ofSeconds({entry.ttl});\n\n"
        f"        public static String {_camel(name)}(String {argument}) {{\n"
        f'            return "{prefix}" + {argument};\n'
        f"        }}\n"
    )


def _camel(name: str, *, capital: bool = False) -> str:
    first, *rest = name.split("_")
    return (first.capitalize() if capital else first) + "".join(part.capitalize() for part in rest)


_JAVA = """\
// Made by `aqdata cache keys --format java`; change infra/services/*.yaml instead.
package %(package)s;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Collectors;

public final class CacheKeys {
    private CacheKeys() {}

    public static final Duration LEASE_TTL = Duration.ofSeconds(%(lease)d);

    public static String lease(String key) {
        return key + ":lease";
    }

    /** The `paramsHash` of a list's parameters. */
    public static String paramsHash(Map<String, String> parameters) {
        String joined = parameters.entrySet().stream()
            .map(entry -> encode(entry.getKey()) + "=" + encode(entry.getValue()))
            .sorted()
            .collect(Collectors.joining("&"));
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(joined.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, 32);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** RFC 3986; java.net.URLEncoder alone encodes forms. */
    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
            .replace("+", "%%20").replace("*", "%%2A").replace("%%7E", "~");
    }

%(nested)s}
"""
