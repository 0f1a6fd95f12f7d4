"""Measurements that `groundswell bench` prints: ratios taken side by side, with their spread."""
