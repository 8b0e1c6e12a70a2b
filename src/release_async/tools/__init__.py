"""One outside thing each: the hands of the release. They do what they are told and decide nothing."""
