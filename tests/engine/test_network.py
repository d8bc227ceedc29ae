"""The network renderer on a drawn actor: geometry there and back, references once, batches, memory, weights."""
