"""GitHub, through ``gh api``: releases, rulesets, check runs. It decides nothing."""
