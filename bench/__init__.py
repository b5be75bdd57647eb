"""A load generator for IRC servers: `python -m bench` measures deliveries per second and their delay.

It stands beside `chatcore` and imports nothing of it: it speaks IRC, so it measures any server. The load is load.c,
which load.py runs. contenders.py has who is measured, workloads.py with what, measuring.py in which order; figures.py
makes the table, report.py and plot.py the page docs/performance.md.
"""
