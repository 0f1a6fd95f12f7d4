"""A scripted trading day on a local web server: feeds to scrape, and a receiver for the alerts that follow."""
