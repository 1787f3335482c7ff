"""A small rewriting system over random variables: nodes, facts, a table of rules, an engine."""
