"""Training recipes: what a step of a network's training is, and what it keeps from step to step.

They stand here and not beside their networks in ``core/``, since they need what training alone knows: options, phases,
batches, and the processes of a run. `core/` is shared by all jobs and knows none of them.
"""
