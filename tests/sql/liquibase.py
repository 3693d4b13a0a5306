"""Real Liquibase from Maven Central, kept in the user's cache."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from infra.host.locks import host_lock
from infra.host.progress import silent

FOLDER = Path.home() / ".cache" / "aqstream" / "liquibase-4.33.0"
_MAIN = "liquibase.integration.commandline.LiquibaseCommandLine"
_PACKAGES = ("default-jre-headless", "maven")
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>aqstream</groupId><artifactId>liquibase</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.liquibase</groupId><artifactId>liquibase-core</artifactId><version>4.33.0</version></dependency>
    <dependency><groupId>org.postgresql</groupId><artifactId>postgresql</artifactId><version>42.7.7</version></dependency>
    <dependency><groupId>info.picocli</groupId><artifactId>picocli</artifactId><version>4.7.7</version></dependency>
  </dependencies>
</project>
"""


def libraries() -> Path:
    """The folder with Liquibase, its dependencies and the driver; fetched where it is missing."""
    jars = FOLDER / "lib"
    with host_lock("liquibase", lambda: silent("")):
        if not jars.is_dir():
            _fetch(jars)
    return jars


def _fetch(jars: Path) -> None:
    if not (shutil.which("java") and shutil.which("mvn")):
        subprocess.run(["apt-get", "install", "-qy", "--no-install-recommends", *_PACKAGES], check=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "pom.xml").write_text(_POM)
    new = FOLDER / "new"
    shutil.rmtree(new, ignore_errors=True)
    command = ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={new}"]
    subprocess.run(command, cwd=FOLDER, check=True)
    new.rename(jars)


@dataclass(frozen=True)
class Liquibase:
    """Liquibase for one login; `folder` holds the changelog and, apart from argv, the password."""

    folder: Path

    def configure(self, url: str, user: str, password: str, changelog: str) -> None:
        """Set where, as whom and what."""
        (self.folder / "changelog.sql").write_text(changelog)
        properties = self.folder / "liquibase.properties"
        properties.touch(mode=0o600)
        properties.write_text(
            f"url: {url}\nusername: {user}\npassword: {password}\nchangelog-file: changelog.sql\n"
            f"search-path: {self.folder}\nshow-banner: false\nliquibase.analytics.enabled: false\n"
        )

    def run(self, *command: str) -> str:
        """The command's whole output; raises AssertionError with it where Liquibase fails."""
        java = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", f"{libraries()}/*", _MAIN]
        options = ["--defaults-file", str(self.folder / "liquibase.properties")]
        done = subprocess.run([*java, *options, *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr
