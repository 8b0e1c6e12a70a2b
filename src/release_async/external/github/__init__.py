"""GitHub, reached by ``gh api`` alone: releases, rulesets, check runs. It decides nothing."""
