"""What operators look at: health, readiness and metrics, on a port that is never published."""
