"""Running many trials: plans, budgets, records that survive a kill, executors."""
