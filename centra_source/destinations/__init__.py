"""What the destination holds, and destinations that merge exactly."""
