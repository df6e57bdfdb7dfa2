"""The Processing algorithms, one a file: they declare parameters, marshal them, and hand back outputs."""
