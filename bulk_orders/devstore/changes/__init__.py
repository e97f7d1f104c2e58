"""What mutations do: one module per subject, one function per mutation.

Their one rule: a function first looks for every reason to refuse, and only then changes anything, so a
userError always means that nothing happened. Each change writes its effect.
"""
