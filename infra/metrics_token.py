"""A bearer token for MinIO's metrics: a JWT (RFC 7519) signed with a user's secret key by HMAC-SHA-512."""

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta


def metrics_token(access_key: str, secret_key: str, lifetime: timedelta) -> str:
    """Opens the metrics endpoints for a user that its policy allows `admin:Prometheus`, until it expires."""
    claims = {"exp": int(time.time() + lifetime.total_seconds()), "sub": access_key, "iss": "prometheus"}
    signed = f"{_encoded({'alg': 'HS512', 'typ': 'JWT'})}.{_encoded(claims)}"
    signature = hmac.new(secret_key.encode(), signed.encode(), hashlib.sha512).digest()
    return f"{signed}.{_base64(signature)}"


def _encoded(part: dict[str, object]) -> str:
    return _base64(json.dumps(part, separators=(",", ":")).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
