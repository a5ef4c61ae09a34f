"""The demo data of `manage.py load_demo`: five governments, the quarters of 2024, invented scores.

Everything is drawn from dice that are named by codes, so that the same load makes the same data; states, snapshots
and audit records come from the real services. Nothing here runs in production.
"""
