"""The command chat-tracker, and those beside a running tracker."""
