"""From meanings to Slack messages: pure functions, no clock, no network."""
