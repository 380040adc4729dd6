"""A private PostgreSQL cluster with PostGIS on a free port, for as long as the tests run."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

USER = "jnw"


class Cluster:
    """``start`` raises FileNotFoundError where PostgreSQL is not installed."""

    def __init__(self) -> None:
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        if not programs:
            raise FileNotFoundError("initdb")
        self._bin = programs[-1].parent
        self._folder = Path(tempfile.mkdtemp(prefix="jnw-pg-"))
        # PostgreSQL refuses to run as root.
        self._account = "postgres" if os.geteuid() == 0 else None
        if self._account:
            shutil.chown(self._folder, self._account)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.password = secrets.token_hex(8)
        self._schemas = 0

    def _run(self, program: str, *arguments: str) -> None:
        environment = os.environ | {"HOME": pwd.getpwnam(self._account).pw_dir} if self._account else None
        subprocess.run(
            [self._bin / program, *arguments],
            user=self._account,
            env=environment,
            cwd=self._folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def start(self) -> None:
        secret = self._folder / "password"
        secret.write_text(self.password)
        secret.chmod(0o644)
        data = str(self._folder / "data")
        # The locale of a server in China, where text does not sort by its code points.
        how = ["-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--no-sync"]
        how = ["-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run("initdb", "-D", data, "-U", USER, *how, "--locale-provider=icu", "--icu-locale=zh-CN")
        settings = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder}"
        self._run("pg_ctl", "-D", data, "-w", "-o", settings, "-l", str(self._folder / "log"), "start")

    def place(self) -> str:
        """The address of a workspace that is not there yet."""
        self._schemas += 1
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/postgres?schema=jnw_{os.getpid()}_{self._schemas}"

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self._folder)
