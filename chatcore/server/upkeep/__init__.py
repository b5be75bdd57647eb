"""Regular chores, twice a second: deadlines, the certificate, logins, bans, rooms, memory."""
