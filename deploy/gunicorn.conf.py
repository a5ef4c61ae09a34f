"""Gunicorn behind a buffering proxy: gunicorn -c deploy/gunicorn.conf.py zi_portal.wsgi.

Sync workers: pages are short and the proxy holds slow clients; threads made the same pages four times slower.
"""

import multiprocessing
import os

bind = os.environ.get("GUNICORN_BIND", "unix:/run/ziportal/gunicorn.sock")
workers = int(os.environ.get("WEB_CONCURRENCY", 2 * multiprocessing.cpu_count() + 1))
worker_class = "sync"
worker_tmp_dir = "/dev/shm"  # noqa: S108 a heartbeat in memory; on a slow disk it would look like a hung worker
timeout = 120  # seconds; the largest quarterly report takes about 20
graceful_timeout = 30
max_requests = 2_000  # rendering PDFs leaves memory fragmented
max_requests_jitter = 200
forwarded_allow_ips = "*"  # only the proxy reaches the socket; TRUSTED_PROXIES decides what is believed
accesslog = None  # the proxy keeps one; the portal writes its own events to stdout
errorlog = "-"
