"""Every setting, typed and bounded, with its unit in its name; read from the environment as GROUNDSWELL_<NAME>."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=1, le=65_535)]


class Settings(BaseSettings):
    """Built once, in a program's entry file; functions receive values, never this object's source."""

    model_config = SettingsConfigDict(env_prefix="GROUNDSWELL_", env_file=".env", env_ignore_empty=True, extra="ignore")

    # where things are
    config: str = Field(
        "",
        description="TOML file of institutions, sources, rules, routes and receivers (groundswell.example.toml); empty"
        " means groundswell.toml in the working folder, if it is there.",
    )
    data_dir: Path = Field(Path(".groundswell"), description="Folder of the local stack's data, logs and locks.")
    bootstrap_servers: str = Field("127.0.0.1:9092", description="Kafka, as host:port[,host:port…].")
    dsn: SecretStr = Field(
        SecretStr("postgresql://groundswell@127.0.0.1:5433/groundswell"), description="PostgreSQL, as a libpq URL."
    )
    weights: Path = Field(
        Path("models/weights"),
        description="Folder of the classifier's fine-tuned weights: the champion of a registry that has none"
        " (groundswell models), and what commands measure.",
    )
    kafka_jars: Path = Field(
        Path("~/.cache/groundswell/kafka-4.3.0"), description="Folder where the local broker's jars are kept."
    )

    # local ports
    kafka_port: Port = Field(9092, description="Port of the local broker.")
    kafka_controller_port: Port = Field(9093, description="Port of the local broker's controller.")
    postgres_port: Port = Field(5433, description="Port of the local PostgreSQL.")
    worker_port: Port = Field(6066, description="Web port of the first worker; worker k has this plus k.")
    worker_host: str = Field("127.0.0.1", description="Address on which workers serve /health and /metrics.")
    dashboard_port: Port = Field(8501, description="Port of the dashboard.")
    push_port: Port = Field(8503, description="Port on which sources of kind push are sent to us.")
    push_host: str = Field("127.0.0.1", description="Address on which sources of kind push are sent to us.")
    api_port: Port = Field(8502, description="Port of the HTTP API of replies.")
    api_host: str = Field("127.0.0.1", description="Address on which the HTTP API of replies listens.")
    airflow_port: Port = Field(8080, description="Port of Airflow's API server.")
    demo_port: Port = Field(8600, description="Port of the demo's feeds and of its webhook receiver.")

    # ingest
    sources: str = Field(
        "",
        description="Sources, separated by blanks: name=url for an RSS or Atom feed, or name=kind+url#query=…&key=…, as"
        " `groundswell sources list` names the kinds. Empty means the demo.",
    )
    watchlist: str = Field("", description="TOML file of the firms to watch; empty means the demo's invented ones.")
    author_key: SecretStr = Field(
        SecretStr("change-me"), description="Key of the hash that stands in for an author's name."
    )
    airflow_secret: SecretStr = Field(
        SecretStr("change-me-change-me-change-me-change-me-change-me-change-me-change-me"),
        description="Key with which Airflow's components and tasks know each other.",
    )
    contact: str = Field(
        "",
        max_length=200,
        description="Mail or web address of yours in the user agent, for sites' owners; the SEC asks.",
    )
    scrape_every_s: int = Field(20, ge=5, le=86_400, description="Seconds between two scrapes of one source.")
    http_timeout_s: float = Field(10.0, gt=0, le=120, description="Longest wait for one answer of a site.")
    http_max_bytes: int = Field(10_000_000, ge=1_000, description="Largest inflated body accepted from a site.")
    keep_days: int = Field(
        365, ge=3, le=36_500, description="Days after which posts, resolved incidents and scrapes are removed."
    )
    keep_days_news: int = Field(0, ge=0, le=36_500, description="For posts of news, if shorter; 0 means keep_days.")
    keep_days_social: int = Field(0, ge=0, le=36_500, description="For social posts, if shorter; 0 means keep_days.")
    keep_days_customer: int = Field(0, ge=0, le=36_500, description="For customers' posts; 0 means keep_days.")

    # the worker
    worker_index: int = Field(0, ge=0, le=9_999, description="Number of this worker; no two live ones share one.")
    batch_tokens: int = Field(8_192, ge=128, le=1_000_000, description="Tokens after which a batch is closed.")
    batch_posts: int = Field(256, ge=1, le=10_000, description="Posts after which a batch is closed.")
    batch_wait_s: float = Field(0.3, gt=0, le=10, description="Longest wait for a batch to fill.")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where the classifier runs.")
    classifier_threads: int = Field(0, ge=0, le=256, description="Threads of one worker's classifier; 0 = all cores.")
    model_poll_s: float = Field(
        5.0, gt=0, le=600, description="Seconds between two looks at the registry for another champion or shadow."
    )
    shadow_share: float = Field(
        0.05, ge=0, le=1, description="Share of the posts that the registry's shadow scores too, when no post waits."
    )
    watchdog_s: float = Field(60.0, ge=5, le=3_600, description="Lag without progress for this long stops a worker.")

    # retraining
    training_data: str = Field(
        "",
        description="Folder of the data sets that the classifier was trained on: a retraining replays them and measures"
        " on their development part. Empty means that nothing is retrained.",
    )
    retrain_on: str = Field(
        "weekly",
        pattern=r"^\s*((weekly|labels|drift)(\s+|$))*$",
        description="What starts a retraining, separated by blanks: weekly (Monday, 03:00 UTC), labels (enough new"
        " ones), drift. Empty means by hand alone.",
    )
    retrain_labels: int = Field(200, ge=20, le=1_000_000, description="New settled labels that start one, by `labels`.")
    retrain_least: int = Field(60, ge=20, le=1_000_000, description="New settled labels without which none is begun.")
    retrain_epochs: float = Field(2.0, gt=0, le=20, description="Passes of a retraining over what it reads.")
    retrain_replay: int = Field(4_000, ge=0, le=1_000_000, description="Old training rows that it reads again.")
    retrain_threads: int = Field(1, ge=1, le=256, description="Threads of a retraining, which runs at lowest priority.")
    retrain_device: Literal["cpu", "cuda"] = Field("cpu", description="Where it computes; the worker comes first.")
    retrain_shadow_h: float = Field(
        24.0, ge=0, le=720, description="Hours for which a candidate scores beside the champion before it is promoted."
    )

    # surges, alerts, replies
    surge_every_s: float = Field(5.0, gt=0, le=60, description="Seconds between two looks at the series.")
    webhook_url: str = Field("", description="Receiver of alerts; empty means the demo's receiver.")
    webhook_secret: SecretStr = Field(
        SecretStr("whsec_Y2hhbmdlLW1lLWNoYW5nZS1tZS1jaGFuZ2UtbWU="),
        description="Standard Webhooks secrets, whsec_…, separated by blanks: messages are signed with all of them.",
    )
    webhook_allow_private: str = Field(
        "", description="Hosts of receivers that may be in a private network, separated by blanks, as in the address."
    )
    webhook_timeout_s: float = Field(10.0, gt=0, le=60, description="Longest wait for a receiver's answer.")
    dashboard_url: str = Field("http://127.0.0.1:8501", description="Where a link in an alert leads.")
    dashboard_trust_network: bool = Field(
        False,
        description="Let the dashboard listen beyond this machine without sign-in: only where the network itself lets"
        " nobody in, as in a container whose port is published on 127.0.0.1.",
    )
    dashboard_language: Literal["auto", "en", "zh"] = Field(
        "auto", description="Language of the dashboard for those who chose none: auto is that of the browser."
    )
    oidc_metadata_url: str = Field(
        "",
        description="OpenID Connect: address of the provider's /.well-known/openid-configuration; empty: no sign-in.",
    )
    oidc_client_id: str = Field("", description="Name of the dashboard at the provider.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="Secret of the dashboard at the provider.")
    oidc_cookie_secret: SecretStr = Field(
        SecretStr(""), description="Key of the cookie that keeps a person signed in; 32 random characters or more."
    )
    oidc_groups_claim: str = Field(
        "groups", min_length=1, description="Claim of the identity token with the names of a person's groups or roles."
    )
    oidc_hours: float = Field(12.0, gt=0, le=720, description="Hours after which one has to sign in again.")
    roles: str = Field(
        "",
        description="Who may do what after signing in: WHO=ROLE, separated by blanks. WHO is a verified mail address,"
        " @domain, group:NAME, sub:SUBJECT or *; ROLE is viewer, analyst, reviewer or admin.",
    )
    playbook: str = Field("", description="Playbook of the replies, a TOML file; empty means the one that ships.")
    writer: str = Field(
        "template",
        description="Who words the drafts: template (the playbook's own words), local (the small model that comes in a"
        " package), a folder or name of a transformers model, or the address of an OpenAI-compatible endpoint.",
    )
    writer_adapter: str = Field(
        "models/weights/writer",
        description="Folder of the local model's fine-tuned part; empty takes the model as it was published.",
    )
    writer_model: str = Field("", description="Name of the model at the writer's address.")
    writer_key: SecretStr = Field(SecretStr(""), description="Bearer token for the writer's address; empty sends none.")
    writer_timeout_s: float = Field(30.0, gt=0, le=600, description="Longest wait for an answer of that address.")
    writer_threads: int = Field(1, ge=0, le=256, description="Threads of a language model here; 0 = all cores.")
    replies_url: str = Field(
        "",
        description="Helpdesk that gets approved replies by webhook; empty means the demo's receiver, and with sources"
        " of one's own nobody.",
    )
    replies_secret: SecretStr = Field(SecretStr(""), description="Secret of that webhook; empty means webhook_secret.")
    api_rate_per_min: int = Field(240, ge=1, le=60_000, description="Requests a minute that one API token may make.")
