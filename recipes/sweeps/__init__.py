"""Sweeps of many trials: time budgets, records that survive a kill, executors."""
