"""Post and join: several files as one set, payments on the charges they pay, nothing counted twice."""
