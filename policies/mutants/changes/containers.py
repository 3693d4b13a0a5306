"""Changes to containers and networks."""

from dataclasses import dataclass
from typing import Any

from docker.models.containers import Container

from policies.mutants.changes.changes import Changes, Verb


@dataclass
class ContainerChanges(Changes):
    """One verb with its arguments, such as `join CONTAINER NETWORK`."""

    def verbs(self, where: str) -> dict[str, Verb]:
        """What can be done to containers and networks."""
        of = self.ground.container
        return {
            "join": lambda name, network: self._network(network).connect(of(name)),
            "leave": lambda name, network: self._network(network).disconnect(of(name)),
            "publish": self._publish,
            "unpublish": self._unpublish,
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

    def _publish(self, name: str, address: str) -> None:
        """A container's address cannot be changed, so another one takes its place, on the same volumes."""
        original = self.ground.container(name)
        original.stop()
        original.rename(f"{self._elsewhere}-{name}")
        created = self.ground.docker.api.create_container_from_config(
            _readdressed(original, address), self.ground.physical(name)
        )
        for network, joined in original.attrs["NetworkSettings"]["Networks"].items():
            self.ground.docker.networks.get(network).connect(created["Id"], aliases=joined["Aliases"])
        self.ground.docker.api.start(created["Id"])
        self.ground.wait(name)

    def _unpublish(self, name: str) -> None:
        replacement = self.ground.container(name)
        replacement.stop()
        replacement.remove()
        original = self.ground.docker.containers.get(f"{self._elsewhere}-{name}")
        original.rename(self.ground.physical(name))
        original.start()
        self.ground.wait(name)


def _readdressed(original: Container, address: str) -> dict[str, Any]:
    host = dict(original.attrs["HostConfig"])
    host["PortBindings"] = {
        port: [binding | {"HostIp": address} for binding in bindings] for port, bindings in host["PortBindings"].items()
    }
    host["NetworkMode"] = "none" if host["NetworkMode"] == "none" else "bridge"
    return {**original.attrs["Config"], "HostConfig": host}
