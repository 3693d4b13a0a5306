"""Changes to the object store, as its provisioner."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import urllib3
from minio import Minio, MinioAdmin
from minio.commonconfig import ENABLED, Filter
from minio.credentials.providers import StaticProvider
from minio.lifecycleconfig import Expiration, LifecycleConfig, Rule
from minio.versioningconfig import SUSPENDED, VersioningConfig

from policies.mutants.ground import Ground
from policies.mutants.mutant import Mutant

_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}]}


@dataclass
class MinioChanges:
    """One verb with its arguments, such as `expire BUCKET DAYS`."""

    ground: Ground
    kept: dict[str, Any] = field(default_factory=dict)

    def apply(self, mutant: Mutant) -> None:
        """Make the change."""
        self._step(mutant.change.apply)

    def undo(self, mutant: Mutant) -> None:
        """Take it back."""
        self._step(mutant.change.undo)

    def _step(self, text: str) -> None:
        verb, *arguments = text.split()
        self._verbs[verb](*arguments)

    @cached_property
    def _verbs(self) -> dict[str, Callable[..., Any]]:
        return {
            "expire": self._expire,
            "restore-lifecycle": self._restore_lifecycle,
            "versioning": self._versioning,
            "anonymous": self._anonymous,
            "make-bucket": self._s3.make_bucket,
            "remove-bucket": self._s3.remove_bucket,
            "quota": self._quota,
            "restore-quota": lambda name: self._admin.bucket_quota_set(name, self.kept.pop(f"quota {name}")),
            "attach": lambda policy, user: self._admin.attach_policy([policy], user=user),
            "detach": lambda policy, user: self._admin.detach_policy([policy], user=user),
            "add-user": lambda user: self._admin.user_add(user, "stranger-with-a-password"),
            "remove-user": self._admin.user_remove,
            "widen": self._widen,
            "restore-policy": lambda name: self._put_policy(name, self.kept.pop(f"policy {name}")),
        }

    def _expire(self, bucket: str, days: str) -> None:
        self.kept[f"lifecycle {bucket}"] = self._s3.get_bucket_lifecycle(bucket)
        rule = Rule(ENABLED, rule_filter=Filter(prefix=""), rule_id="mutant", expiration=Expiration(days=int(days)))
        self._s3.set_bucket_lifecycle(bucket, LifecycleConfig([rule]))

    def _restore_lifecycle(self, bucket: str) -> None:
        before = self.kept.pop(f"lifecycle {bucket}")
        if before is None:
            self._s3.delete_bucket_lifecycle(bucket)
        else:
            self._s3.set_bucket_lifecycle(bucket, before)

    def _versioning(self, bucket: str, state: str) -> None:
        self._s3.set_bucket_versioning(bucket, VersioningConfig(ENABLED if state == "enabled" else SUSPENDED))

    def _anonymous(self, bucket: str, access: str) -> None:
        if access == "none":
            self._s3.delete_bucket_policy(bucket)
            return
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": ["*"]},
            "Action": ["s3:GetObject"],
            "Resource": [f"arn:aws:s3:::{bucket}/*"],
        }
        self._s3.set_bucket_policy(bucket, json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    def _quota(self, bucket: str, size: str) -> None:
        self.kept[f"quota {bucket}"] = json.loads(self._admin.bucket_quota_get(bucket))["quota"]
        self._admin.bucket_quota_set(bucket, int(size))

    def _widen(self, name: str) -> None:
        self.kept[f"policy {name}"] = json.loads(self._admin.policy_info(name))["Policy"]
        self._put_policy(name, _EVERYTHING)

    def _put_policy(self, name: str, document: Any) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(document, file)
            file.flush()
            self._admin.policy_add(name, file.name)

    @cached_property
    def _pool(self) -> urllib3.PoolManager:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "authority.pem"
            path.write_text(self.ground.provisioners["minio"].authority)
            context = urllib3.util.ssl_.create_urllib3_context()
            context.load_verify_locations(path)
        return urllib3.PoolManager(ssl_context=context)

    @property
    def _endpoint(self) -> str:
        login = self.ground.provisioners["minio"]
        return f"{login.host}:{login.port}"

    @cached_property
    def _s3(self) -> Minio:
        login = self.ground.provisioners["minio"]
        return Minio(self._endpoint, access_key=login.user, secret_key=login.secret, http_client=self._pool)

    @cached_property
    def _admin(self) -> MinioAdmin:
        login = self.ground.provisioners["minio"]
        return MinioAdmin(
            endpoint=self._endpoint, credentials=StaticProvider(login.user, login.secret), http_client=self._pool
        )
