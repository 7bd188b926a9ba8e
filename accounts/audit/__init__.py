"""The audit record: who did what to which object, when and from where."""
