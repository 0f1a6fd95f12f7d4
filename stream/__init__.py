"""The worker: Kafka in, one transaction a batch, alerts and drafts out."""
