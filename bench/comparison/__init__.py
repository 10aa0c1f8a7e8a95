"""What bench/run is made of: one module per job, from starting servers to drawing the chart."""
