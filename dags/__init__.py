"""What Airflow runs."""
