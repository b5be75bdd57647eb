"""The log's seals: what is logged cannot be changed later without being found out, not even with the key of then.

Forward integrity, after M. Bellare and B. Yee, "Forward Integrity for Secure Audit Logs" (1997), and B. Schneier and
J. Kelsey, "Secure Audit Logs to Support Computer Forensics" (1999): each record is authenticated with a key of its
own, and each key is made of the one before it by a one-way function, after which that one is erased. Who takes over
the machine finds the key of the next record, and with it none of the earlier ones. systemd-journald's Forward Secure
Sealing does the same with keys that can be reached without making all those before (G. A. Marson and B. Poettering,
"Practical Secure Logging: Seekable Sequential Key Generators", 2013); here a million take a second or two.
"""
