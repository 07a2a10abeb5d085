"""Join files and post payments: several files as one set, payments on their charges, nothing counted twice."""
