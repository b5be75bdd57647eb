"""Who may come in: passwords, accounts, bans, and how often one may guess."""
