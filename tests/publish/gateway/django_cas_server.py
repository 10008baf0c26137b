"""A CAS server of its own process (django-cas-server): settings and people come in `SETTINGS`, as JSON.

Never imported: it is GPL-3 software beside ours, spoken to over HTTP alone.
"""

from __future__ import annotations

import json
import os
import re
import sys

import django
from django.conf import settings

GIVEN = json.loads(os.environ["SETTINGS"])
APPS = ("auth", "contenttypes", "sessions", "cas_server", "messages", "staticfiles", "admin")

settings.configure(
    SECRET_KEY="only for tests",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    LANGUAGE_CODE="fr",
    INSTALLED_APPS=[*(f"django.contrib.{app}" for app in APPS if app != "cas_server"), "cas_server"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": GIVEN["database"]}},
    # Tables at once instead of forty migrations.
    MIGRATION_MODULES=dict.fromkeys(APPS),
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    STATIC_URL="/static/",
    CAS_AUTH_CLASS=f"{__name__}.People",
    CAS_SLO_TIMEOUT=5,
    CAS_NEW_VERSION_HTML_WARNING=False,
    CAS_NEW_VERSION_EMAIL_WARNING=False,
    # Its own name: cookies know no port, and other servers of the tests stand on the same address.
    SESSION_COOKIE_NAME="django-cas-session",
    CSRF_COOKIE_NAME="django-cas-csrf",
)
django.setup()

from cas_server.auth import AuthUser  # noqa: E402
from cas_server.models import ReplaceAttributName, ServicePattern  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.servers.basehttp import run  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402

urlpatterns = [path("cas/", include("cas_server.urls", namespace="cas_server"))]


class People(AuthUser):  # type: ignore[misc]
    """Everybody's password is their name."""

    def test_password(self, password: str) -> bool:
        return self.username in GIVEN["people"] and password == self.username

    def attributs(self) -> dict[str, object]:
        found: dict[str, object] = GIVEN["people"][self.username]
        return found


if __name__ == "__main__":
    sys.modules["real_cas_server"] = sys.modules[__name__]
    call_command("migrate", run_syncdb=True, verbosity=0)
    pattern = ServicePattern.objects.create(
        pos=1, name="preau", pattern=f"^{re.escape(GIVEN['service'])}", restrict_users=False, single_log_out=True
    )
    ReplaceAttributName.objects.create(name="*", service_pattern=pattern)
    run(
        "127.0.0.1",
        GIVEN["port"],
        get_wsgi_application(),
        threading=True,
        on_bind=lambda _: print("listening", flush=True),
    )
