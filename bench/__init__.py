"""A load generator for IRC servers: `python -m bench` measures deliveries per second and their delay.

It imports nothing of `chatcore`: it speaks IRC, so it can measure any server. The load is load.c, which load.py runs.
contenders.py lists the servers, workloads.py the loads, and measuring.py runs one on the other; figures.py makes the
table, report.py and plot.py the page docs/performance.md.
"""
