"""A person derives, varprop referees: each line is a named rule's work, each refusal has a reason."""
