"""Airflow: every few seconds, one task for each source of social posts or of customers publishes what is new there.

A source that fails fails its own task alone; the others' posts are published all the same. Triggered with `since`, a
run reads back to that time; with `source`, it reads that one alone.
"""

from __future__ import annotations

from core.posts import Channel
from dags.scraping import scraping

scrape_social = scraping("scrape_social", __doc__, (Channel.SOCIAL, Channel.CUSTOMER))
scrape_social()
