"""Settings of the server, read from `RADIOMICLENS_*` environment variables."""

import json
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from backend.cluster_settings import ClusterSettings
from backend.sign_in_settings import LOOPBACK, SignInSettings


def default_data_dir() -> Path:
    """Default data folder of the user, by the XDG base directory specification."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "radiomiclens"


def cores() -> int:
    """Number of cores this process may use; an extraction uses one per child and shares them with training."""
    return len(os.sched_getaffinity(0))


def half_the_cores() -> int:
    """Half of the usable cores, for linear algebra: one lane computes on the CPU while another trains."""
    return max(1, cores() // 2)


def listed(given: Any, separators: str = ",") -> Any:
    """Parse a JSON list or separated names into a list; other values are returned unchanged."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given) if given.startswith("[") else _parts(given, separators)
    except ValueError:
        return _parts(given, separators)  # [::1] is a host name and no list


def listed_paths(given: Any) -> Any:
    """Parse a list of paths, which may also use the system's path separator."""
    return listed(given, f",{os.pathsep}")


def _parts(given: str, separators: str) -> list[str]:
    return [part.strip() for part in re.split(f"[{re.escape(separators)}]", given) if part.strip()]


Lane = Literal["cpu", "device"]


class Settings(ClusterSettings, SignInSettings):
    """Settings of API, worker and command line; the names are the environment variables without their prefix."""

    model_config = SettingsConfigDict(env_prefix="RADIOMICLENS_", extra="ignore", frozen=True)

    data_dir: Path = Field(default_factory=default_data_dir, description="Folder of the database, volumes and weights.")
    database_url: str = Field(default="", description="SQLAlchemy URL; empty means SQLite inside the data folder.")
    host: str = Field(default="127.0.0.1", description="Address the server binds; loopback unless told otherwise.")
    port: int = Field(default=8501, ge=1, le=65535, description="Port of the one address for dashboard and API.")
    auth: bool = Field(default=True, description="Whether a sign-in is needed; only loopback servers may turn it off.")
    allowed_hosts: Annotated[list[str], NoDecode, BeforeValidator(listed)] = Field(
        default_factory=lambda: ["127.0.0.1", "localhost", "[::1]"],
        description="Host names the server answers to, separated by commas; any other Host header gets 400.",
    )
    import_roots: Annotated[list[Path], NoDecode, BeforeValidator(listed_paths)] = Field(
        default_factory=list,
        description="Folders that imports started from the browser may read, separated by commas or colons.",
    )
    trusted_proxies: Annotated[list[str], NoDecode, BeforeValidator(listed)] = Field(
        default_factory=list,
        description="Addresses of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, separated "
        "by commas; nobody's are unless named.",
    )
    sockets: int = Field(default=2000, ge=1, description="Dashboard pages that may be open at once, in all.")
    sockets_per_address: int = Field(default=500, ge=1, description="The same from one address.")
    sockets_per_user: int = Field(default=100, ge=1, description="The same of one user or one share link.")
    connections_per_address: int = Field(
        default=1000,
        ge=1,
        description="Connections that may be open at once from one address; loopback and trusted proxies get twice "
        "`sockets` more.",
    )
    ui_processes: int = Field(
        default=0,
        ge=0,
        le=32,
        description="Processes of the dashboard's own, for many people at once; 0 runs it in the process of the API.",
    )
    cookie_secure: bool = Field(default=False, description="Mark cookies Secure; turn on behind TLS.")
    session_hours: int = Field(
        default=12, ge=1, le=720, description="Hours after which a browser must sign in again, however it is used."
    )
    session_idle_minutes: int = Field(
        default=720, ge=5, le=43_200, description="Minutes without use after which a browser must sign in again."
    )
    workers: int = Field(default_factory=cores, ge=1, description="Processes of the executors `local` and `dask`.")
    threads: int = Field(default_factory=half_the_cores, ge=1, description="Threads one job's linear algebra may use.")
    job_nice: int = Field(
        default=10,
        ge=0,
        le=19,
        description="How far jobs give way to pages and other programs where cores are short (nice); 0 is not at all.",
    )
    job_attempts: int = Field(default=3, ge=1, description="Restarts of a job without progress before it fails.")
    lanes: Annotated[list[Lane], NoDecode, BeforeValidator(listed)] = Field(
        default_factory=lambda: list(get_args(Lane)),
        min_length=1,
        description="Kinds of work that a worker takes, by commas: `device` trains and embeds, `cpu` is the rest.",
    )
    jobs_per_user: int = Field(
        default=200,
        ge=0,
        description="Jobs that one user may have queued or running at once, unless an administrator allows another "
        "number (`radiomiclens quotas`).",
    )
    disk_per_project_mb: int = Field(
        default=0,
        ge=0,
        description="MB that the stored files of one project may take, unless an administrator allows another number; "
        "0: no limit.",
    )
    embed_precision: Literal["auto", "float32", "bf16"] = Field(
        default="auto", description="Precision of embeddings; auto is bf16 on CUDA, checked against float32."
    )
    embed_batch: int = Field(default=4, ge=1, description="Cases embedded at once; halved where memory is short.")
    upload_file_mb: int = Field(default=20_480, ge=1, description="MiB that one uploaded file may have.")
    upload_user_mb: int = Field(
        default=102_400, ge=1, description="MiB that the uploads of one user may take at once, unpacked ones too."
    )
    upload_total_mb: int = Field(default=409_600, ge=1, description="The same of all users.")
    uploads_per_user: int = Field(default=200, ge=1, description="Uploads that one user may have at once.")
    upload_hours: int = Field(
        default=72, ge=1, description="Hours without progress or use after which an upload is removed."
    )
    upload_free_mb: int = Field(default=2_048, ge=0, description="MiB that uploads leave free on the disk.")
    share_days: int = Field(default=14, ge=1, le=90, description="Days a share link lives unless told otherwise.")
    public_url: str = Field(
        default="",
        description="Address people reach this server by, for links in webhooks and e-mails, as in "
        "https://lens.example.",
    )
    webhook_url: str = Field(
        default="",
        description="Address that is told when a job ends; nothing is sent unless it is set. https, or http on this "
        "machine.",
    )
    webhook_hosts: Annotated[list[str], NoDecode, BeforeValidator(listed)] = Field(
        default_factory=list, description="Host names a webhook may go to, separated by commas; its own must be one."
    )
    webhook_secret: str = Field(
        default="", repr=False, description="Key that webhooks are signed with (HMAC-SHA-256), 16 characters or more."
    )
    smtp_host: str = Field(
        default="",
        description="Mail server; no e-mail is sent unless it is set, and then only to users who ask for it.",
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="Encryption of the way to it; `none` is for mail servers on this machine."
    )
    smtp_user: str = Field(default="", description="User name at the mail server; empty for none.")
    smtp_password: str = Field(default="", repr=False, description="Its password.")
    mail_from: str = Field(default="", description="Address that e-mails come from.")
    mail_domains: Annotated[list[str], NoDecode, BeforeValidator(listed)] = Field(
        default_factory=list, description="Domains of addresses that users may have e-mails sent to, by commas."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="Logs as text, or as one JSON object a line, with ids of requests and jobs."
    )
    metrics_token: str = Field(
        default="",
        repr=False,
        pattern=r"^(|[!-~]{16,200})$",
        description="Token that Prometheus sends to read /metrics, 16 characters or more; empty: there is no /metrics.",
    )
    share_view_limit: int = Field(default=10, ge=1, description="Failed openings a minute before 429.")

    @model_validator(mode="after")
    def _webhook_is_allowed(self) -> Self:
        """A webhook goes only to a listed host, signed, and encrypted unless it stays on this machine."""
        if not self.webhook_url:
            return self
        address = urlsplit(self.webhook_url)
        if address.hostname is None or address.username or address.scheme not in ("http", "https"):
            raise ValueError("webhook_url: give an address such as https://chat.example/hook, without a user name")
        if address.hostname not in self.webhook_hosts:
            raise ValueError(f"webhook_url: add its host {address.hostname} to RADIOMICLENS_WEBHOOK_HOSTS")
        if address.scheme == "http" and address.hostname not in LOOPBACK:
            raise ValueError("webhook_url: use https; http is for receivers on this machine")
        if len(self.webhook_secret) < 16:
            raise ValueError("webhook_secret: set RADIOMICLENS_WEBHOOK_SECRET to 16 characters or more")
        return self

    @model_validator(mode="after")
    def _mail_is_allowed(self) -> Self:
        """E-mails come from an address, go to listed domains, and are encrypted unless they stay on this machine."""
        if not self.smtp_host:
            return self
        if not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", self.mail_from):
            raise ValueError("mail_from: set RADIOMICLENS_MAIL_FROM to the address that e-mails come from")
        if not self.mail_domains:
            raise ValueError("mail_domains: set RADIOMICLENS_MAIL_DOMAINS to the domains that e-mails may go to")
        if self.smtp_security == "none" and self.smtp_host not in LOOPBACK:
            raise ValueError("smtp_security: use starttls or tls; none is for mail servers on this machine")
        return self

    @model_validator(mode="after")
    def _proxies_are_named(self) -> Self:
        """A header that signs people in counts from proxies that are named one by one."""
        if self.proxy_user_header and (not self.trusted_proxies or "*" in self.trusted_proxies):
            raise ValueError("proxy_user_header: name the proxy's address in RADIOMICLENS_TRUSTED_PROXIES; not *")
        return self

    @property
    def url(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir / 'radiomiclens.sqlite'}"
