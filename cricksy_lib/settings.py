"""Settings from the environment (``CRICKSY_…``); every default works on a laptop without set-up."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """All settings; each can be set as ``CRICKSY_<NAME>``, and an empty value is as good as none."""

    model_config = SettingsConfigDict(env_prefix="CRICKSY_", env_ignore_empty=True, extra="ignore")

    store: str = Field(default_factory=lambda: str(user_data_path("cricksy") / "store"))
    # The bucket's endpoint, region and credentials come from the usual AWS settings, not from here.
    s3_sse: Literal["AES256", "aws:kms", "aws:kms:dsse"] | None = None
    s3_sse_kms_key_id: str | None = None
    s3_storage_class: (
        Literal["STANDARD", "INTELLIGENT_TIERING", "STANDARD_IA", "ONEZONE_IA", "GLACIER_IR"] | None
    ) = None
    s3_settle_seconds: float = Field(default=1.0, gt=0, le=60)
    url_lifetime_seconds: int = Field(default=3600, ge=1, le=7 * 24 * 3600)
    cache_dir: Path = Field(default_factory=lambda: user_cache_path("cricksy"))
    notebooks_dir: Path = Path(__file__).resolve().parent.parent / "notebooks"
    pose_model: Path | None = None
    pose_processes: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=64)
    max_video_bytes: int = Field(default=4 * 1024**3, gt=0)
    max_video_seconds: float = Field(default=1800.0, gt=0)
    max_video_pixels: int = Field(default=8192 * 4320, gt=0)
    lease_seconds: float = Field(default=60.0, gt=0)
    heartbeat_seconds: float = Field(default=1.0, gt=0)
    retry_pause_seconds: float = Field(default=10.0, ge=0)
    store_patience_seconds: float = Field(default=120.0, ge=0)
    max_attempts: int = Field(default=3, ge=1, le=100)
    retain_days: float | None = Field(default=None, gt=0)
    pass_timeout_seconds: float = Field(default=3600.0, gt=0)
    memory_limit_bytes: int | None = Field(default=None, gt=0)
    upload_expiry_seconds: float = Field(default=24 * 3600.0, gt=0)
    dashboard_poll_seconds: float = Field(default=1.0, gt=0)
    dashboard_slow_after_seconds: float = Field(default=300.0, gt=0)
    dashboard_token: str | None = None


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings read once from the environment; tests clear it with ``cache_clear``."""
    return Settings()
