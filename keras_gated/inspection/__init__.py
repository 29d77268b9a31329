"""Looking inside: gates, states and gradients at every timestep, and plots of them."""
