"""What trials show: statistics, figures and pages."""
