"""A load generator for IRC servers: `python -m bench` measures deliveries per second and their delay.

It stands beside `chatcore` and imports nothing of it: it speaks plain IRC over TCP, so it measures any
server.
"""
