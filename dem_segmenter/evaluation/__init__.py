"""How good a mask is, measured against labels: pixels, outlines, buildings one by one, roads by their length."""
