"""The release decided, as frozen data: settings, plan, its stages, effects, events. It changes nothing."""
