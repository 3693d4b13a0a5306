"""Changes to containers and networks."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from docker.models.containers import Container

from policies.mutants.changes.changes import Changes, Verb

Variant = Callable[..., None]


@dataclass
class ContainerChanges(Changes):
    """One verb with its arguments, such as `join CONTAINER NETWORK`."""

    def verbs(self, where: str) -> dict[str, Verb]:
        """What can be done to containers and networks."""
        of = self.ground.container
        return {
            "join": lambda name, network: self._network(network).connect(of(name)),
            "leave": lambda name, network: self._network(network).disconnect(of(name)),
            "replace": self._replace,
            "replace-image": lambda name: self._replace(name, "of-image", self._copied(name)),
            "put-back": self._put_back,
            "forget-image": lambda name: self.ground.docker.images.remove(f"{self._elsewhere}:{name}", force=True),
            "run": lambda name, network: self._start(self.ground.physical(name), self.ground.physical(network)),
            "remove": lambda name: of(name).remove(force=True),
            "run-elsewhere": lambda name: self._start(f"{self._elsewhere}-{name}", "none"),
            "remove-elsewhere": lambda name: self.ground.docker.containers.get(f"{self._elsewhere}-{name}").remove(
                force=True
            ),
            "memory": self._memory,
            "restart": self._restart,
            "restart-now": self._restart_now,
            "wait": self.ground.wait,
            "stop": lambda name: of(name).stop(),
            "start": self._start_again,
            "pause": lambda name: of(name).pause(),
            "unpause": self._unpause,
        }

    def _restart_now(self, name: str) -> None:
        self.ground.container(name).restart()
        self.ground.wait(name)

    def _start_again(self, name: str) -> None:
        self.ground.container(name).start()
        self.ground.wait(name)

    def _unpause(self, name: str) -> None:
        self.ground.container(name).unpause()
        self.ground.wait(name)

    @property
    def _elsewhere(self) -> str:
        return f"elsewhere-{self.ground.intent.stack.name}"

    def _network(self, name: str) -> Any:
        return self.ground.docker.networks.get(self.ground.physical(name))

    def _start(self, name: str, network: str) -> None:
        image = self.ground.container("redis").attrs["Image"]
        self.ground.docker.containers.run(
            image, ["sleep", "600"], name=name, network=network, detach=True, entrypoint=[]
        )

    def _memory(self, name: str, size: str) -> None:
        if size == "double":
            self.kept["memory", name] = self.ground.container(name).attrs["HostConfig"]["Memory"]
            self._limit(name, 2 * self.kept["memory", name])
        else:
            self._limit(name, self.recall("memory", name))

    def _limit(self, name: str, size: int) -> None:
        self.ground.container(name).update(mem_limit=size, memswap_limit=size)

    def _restart(self, name: str, policy: str) -> None:
        if policy == "no":
            self.kept["restart", name] = self.ground.container(name).attrs["HostConfig"]["RestartPolicy"]
            self._restarts(name, {"Name": "no"})
        else:
            self._restarts(name, self.recall("restart", name))

    def _restarts(self, name: str, policy: Any) -> None:
        self.ground.container(name).update(restart_policy=policy)

    def _replace(self, name: str, variant: str, *arguments: str) -> None:
        """Most of a container cannot be changed, so another one takes its place, on the same volumes."""
        original = self.ground.container(name)
        config, joined = configured_like(original), dict(original.attrs["NetworkSettings"]["Networks"])
        _VARIANTS[variant](config, *arguments)
        original.stop()
        original.rename(f"{self._elsewhere}-{name}")
        api = self.ground.docker.api
        created = api.create_container_from_config(config, self.ground.physical(name))
        for network in joined.keys() - config["NetworkingConfig"]["EndpointsConfig"].keys():
            api.connect_container_to_network(created["Id"], network, aliases=joined[network]["Aliases"])
        api.start(created["Id"])
        self.ground.wait(name)

    def _copied(self, name: str) -> str:
        """An image with the same content that no source describes, as one of an older release would be."""
        return str(self.ground.container(name).commit(self._elsewhere, name).id)

    def _put_back(self, name: str) -> None:
        original = self.ground.docker.containers.get(f"{self._elsewhere}-{name}")
        for replacement in self.ground.docker.containers.list(
            all=True, filters={"name": f"^/{self.ground.physical(name)}$"}
        ):
            replacement.remove(force=True)
        original.rename(self.ground.physical(name))
        original.start()
        self.ground.wait(name)


def configured_like(original: Container) -> dict[str, Any]:
    """What makes another container like this one, on the network that it was made on."""
    host = copy.deepcopy(original.attrs["HostConfig"])
    networks = original.attrs["NetworkSettings"]["Networks"]
    first = {name: {"Aliases": found["Aliases"]} for name, found in networks.items() if name == host["NetworkMode"]}
    return {
        **copy.deepcopy(original.attrs["Config"]),
        "HostConfig": host,
        "NetworkingConfig": {"EndpointsConfig": first},
    }


def _published(config: dict[str, Any], address: str) -> None:
    for bindings in config["HostConfig"]["PortBindings"].values():
        for binding in bindings:
            binding["HostIp"] = address


def _host(**changes: Any) -> Variant:
    return lambda config: config["HostConfig"].update(changes)


def _more(key: str, value: str) -> Variant:
    return lambda config: config["HostConfig"].update({key: [*(config["HostConfig"][key] or ()), value]})


_VARIANTS: Mapping[str, Variant] = {
    "published": _published,
    "privileged": _host(Privileged=True),
    "writable": _host(ReadonlyRootfs=False),
    "with-the-hosts-processes": _host(PidMode="host"),
    "without-security-options": _host(SecurityOpt=[]),
    "with-unbounded-logs": _host(LogConfig={"Type": "json-file", "Config": {}}),
    "with-all-processors": _host(NanoCpus=0),
    "unconfined": _more("SecurityOpt", "seccomp=unconfined"),
    "commanding-docker": _more("Binds", "/var/run/docker.sock:/var/run/docker.sock"),
    "with-capability": lambda config, name: config["HostConfig"].update(CapAdd=[name]),
    "with-variable": lambda config, entry: config.update(Env=[*config["Env"], entry]),
    "of-image": lambda config, image: config.update(Image=image),
    "unwatched": lambda config: config.update(Healthcheck={"Test": ["NONE"]}),
}
"""How a replacement differs from its original."""
