"""Settings, read once from the environment."""
from __future__ import annotations

import os
from dataclasses import dataclass, field


def _env(name: str, default: str) -> str:
    return os.environ.get(name, default)


@dataclass(frozen=True)
class Settings:
    database_url: str = field(default_factory=lambda: _env("SHOP_DATABASE_URL", "sqlite://"))
    payments_url: str = field(default_factory=lambda: _env("SHOP_PAYMENTS_URL", "https://pay.invalid/v1"))
    payments_key: str = field(default_factory=lambda: _env("SHOP_PAYMENTS_KEY", ""))
    webhook_secret: str = field(default_factory=lambda: _env("SHOP_WEBHOOK_SECRET", "dev-only"))
    carrier_url: str = field(default_factory=lambda: _env("SHOP_CARRIER_URL", "https://carrier.invalid"))
    feed_url: str = field(default_factory=lambda: _env("SHOP_FEED_URL", "https://supplier.invalid/feed.csv"))
    page_size_max: int = 100
    worker_poll_seconds: float = 2.0
