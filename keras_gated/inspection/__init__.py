"""Inspection of gates, states and gradients at every timestep, and plots of them."""
