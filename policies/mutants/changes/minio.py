"""Changes to the object store, as its provisioner."""

import json
import ssl
import tempfile
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import urllib3
from minio import Minio, MinioAdmin
from minio.commonconfig import ENABLED, Filter
from minio.credentials.providers import StaticProvider
from minio.lifecycleconfig import Expiration, LifecycleConfig, Rule
from minio.versioningconfig import SUSPENDED, VersioningConfig

from policies.mutants.changes.changes import Changes, Verb
from policies.mutants.ground import STORE, Login

_REGION = "us-east-1"
_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}]}


@dataclass
class MinioChanges(Changes):
    """One verb with its arguments, such as `expire BUCKET DAYS`."""

    def verbs(self, where: str) -> dict[str, Verb]:
        """What can be done to the store."""
        return {
            "expire": self._expire,
            "restore-lifecycle": self._restore_lifecycle,
            "versioning": self._versioning,
            "anonymous": self._anonymous,
            "make-bucket": self._s3.make_bucket,
            "remove-bucket": self._s3.remove_bucket,
            "quota": self._quota,
            "restore-quota": lambda name: self._admin.bucket_quota_set(name, self.recall("quota", name)),
            "attach": lambda policy, user: self._admin.attach_policy([policy], user=user),
            "detach": lambda policy, user: self._admin.detach_policy([policy], user=user),
            "add-user": lambda user: self._admin.user_add(user, "stranger-with-a-password"),
            "remove-user": self._admin.user_remove,
            "widen": self._widen,
            "restore-policy": lambda name: self._put_policy(name, self.recall("policy", name)),
        }

    def _expire(self, bucket: str, days: str) -> None:
        self.kept["lifecycle", bucket] = self._s3.get_bucket_lifecycle(bucket)
        rule = Rule(ENABLED, rule_filter=Filter(prefix=""), rule_id="mutant", expiration=Expiration(days=int(days)))
        self._s3.set_bucket_lifecycle(bucket, LifecycleConfig([rule]))

    def _restore_lifecycle(self, bucket: str) -> None:
        before = self.recall("lifecycle", bucket)
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
        self.kept["quota", bucket] = json.loads(self._admin.bucket_quota_get(bucket))["quota"]
        self._admin.bucket_quota_set(bucket, int(size))

    def _widen(self, name: str) -> None:
        self.kept["policy", name] = json.loads(self._admin.policy_info(name))
        self._put_policy(name, _EVERYTHING)

    def _put_policy(self, name: str, document: Any) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(document, file)
            file.flush()
            self._admin.policy_add(name, file.name)

    @cached_property
    def _s3(self) -> Minio:
        return store_client(self.ground.provisioners[STORE])

    @cached_property
    def _admin(self) -> MinioAdmin:
        login = self.ground.provisioners[STORE]
        credentials = StaticProvider(login.user, login.secret)
        return MinioAdmin(endpoint=_endpoint(login), credentials=credentials, http_client=_pool(login))


def store_client(login: Login) -> Minio:
    """The object store as this account sees it."""
    endpoint, pool = _endpoint(login), _pool(login)
    return Minio(endpoint, access_key=login.user, secret_key=login.secret, region=_REGION, http_client=pool)


def _endpoint(login: Login) -> str:
    return f"{login.host}:{login.port}"


def _pool(login: Login) -> urllib3.PoolManager:
    context = ssl.create_default_context(cadata=login.authority)
    return urllib3.PoolManager(ssl_context=context)
