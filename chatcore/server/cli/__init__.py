"""The command chat-tracker, and the operator who types at it."""
