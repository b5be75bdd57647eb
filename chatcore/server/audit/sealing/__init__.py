"""The log's seals: no logged line can be changed later without detection, not even by somebody with the current key.

Forward integrity, after M. Bellare and B. Yee, "Forward Integrity for Secure Audit Logs" (1997), and B. Schneier and
J. Kelsey, "Secure Audit Logs to Support Computer Forensics" (1999): each record is authenticated with a key of its
own, and each key is derived from the one before it by a one-way function, after which the old key is erased. An
attacker who takes over the machine finds the key of the next record, and cannot derive the earlier ones from it.
systemd-journald's Forward Secure Sealing does the same with keys that can be computed without all those before (G. A.
Marson and B. Poettering, "Practical Secure Logging: Seekable Sequential Key Generators", 2013); here, computing a
million keys takes a second or two.
"""
