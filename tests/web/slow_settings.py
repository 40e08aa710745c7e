"""The site's settings with an app of slow jobs."""

from drumbeat.site.settings import *  # noqa: F403
from drumbeat.site.settings import INSTALLED_APPS

INSTALLED_APPS = ["tests.web.slow_app", *INSTALLED_APPS]
