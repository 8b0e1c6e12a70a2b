"""What package indexes refuse, rule by rule, each with its source and date."""
