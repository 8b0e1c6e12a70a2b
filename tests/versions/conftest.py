"""Property tests here never fail for being slow: how busy the machine is says nothing about versions."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
