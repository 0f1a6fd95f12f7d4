"""Airflow: every few seconds, one task for each source of news reads what is new there and publishes it.

A source that fails fails its own task alone; the others' posts are published all the same. Triggered with `since`, a
run reads back to that time; with `source`, it reads that one alone.
"""

from __future__ import annotations

from core.posts import Channel
from dags.scraping import scraping

scrape_news = scraping("scrape_news", __doc__, (Channel.NEWS,))
scrape_news()
