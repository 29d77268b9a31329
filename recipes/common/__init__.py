"""What recipes share: texts, models, trials, sweeps, reports."""
