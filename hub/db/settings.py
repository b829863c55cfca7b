"""Django's settings, and the only place that reads the environment.

==================== ==================================================================================================
HUB_HOME             folder of the SQLite file, keys, run files; default ``~/.hub``, the same wherever the command is typed
HUB_DATABASE_URL     ``sqlite:///path`` or ``postgres://user:password@host/name``; default a SQLite file in HUB_HOME
HUB_ROW_SECURITY     ``1``: PostgreSQL itself keeps accounts apart, beside the hub; default off
HUB_REDIS_URL        the bell of the scaled-out hub; empty: the bell rings inside the process
HUB_SECRET_KEYS      Fernet keys of the sealed columns, comma list, current first; embedded: a file in HUB_HOME, made once
HUB_SECRET_KEY       signs sessions and links; embedded: a file in HUB_HOME, made once
HUB_PUBLIC_URL       where people reach the hub; ``https://…`` turns on secure cookies and HSTS
HUB_ALLOWED_HOSTS    further host names, comma list
HUB_TRUSTED_PROXIES  addresses or networks of reverse proxies whose X-Forwarded-For is believed, comma list
HUB_CLOCK_FILE       a file with seconds that are added to the time; for the demo's many processes
HUB_EGRESS_ALLOWED   ``host:port`` pairs that may be called although they are not public, comma list; the operator's word
HUB_VENDOR_URLS      ``add-on=https://…``, comma list: another base URL for a vendor (a simulator, a staging system);
                     ``add-on.oauth=https://…``: another origin for its sign-in
HUB_OAUTH_CLIENTS    ``add-on=client id:secret``, comma list, odd characters percent-encoded: the installation's own apps
HUB_MAIL_URL         ``smtp://user:password@host:587?from=hub@example.com``, or ``smtps://…``: the platform's own sender, for the
                     e-mails of accounts without a mailbox; empty: those wait
HUB_DNS_SERVERS      addresses (``192.0.2.53`` or ``192.0.2.53:5353``, comma list) that are asked who takes a domain's mail in;
                     empty: those of the machine; ``off``: nobody is asked
HUB_PLUGIN_ISOLATION ``process``: each plugin in a process of its own, behind walls; default ``none``
HUB_PLUGIN_TRUSTED   plugins or packages that run in the hub's process all the same, comma list
HUB_PLUGIN_USER      a user of the system for plugins' processes; only where the hub runs as root
HUB_LOOP_SECONDS     for so long a plugin may hold its event loop in the hub's process before the loop is given up; default 5
HUB_DEBUG            ``1`` for error pages with details and the style guide; never in production
HUB_KEEP_RUNS_DAYS   after so many days closed steps are moved to the archive; default 90, 0 for never
HUB_METRICS_PORT     where Prometheus finds this machine's metrics, on 127.0.0.1 only; empty: there are none
HUB_LOG_LEVEL        debug, info, warning, error; default info
HUB_LOG_FORMAT       ``json`` or ``console``; default console on a terminal, else json
==================== ==================================================================================================
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from hub.db import database_url, keyring, logs, mail_url


def _text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def _words(name: str) -> list[str]:
    return [word.strip() for word in _text(name).split(",") if word.strip()]


def _pairs(name: str, form: str) -> dict[str, str]:
    """What is given to add-ons. A refusal counts the entries and shows none: one may be a secret."""
    pairs = [word.partition("=") for word in _words(name)]
    for number, (left, equals, right) in enumerate(pairs, start=1):
        if not (left.strip() and equals and right.strip()):
            raise ImproperlyConfigured(f"{name} is a comma list of {form}, and entry {number} is none.")
    return {left.strip(): right.strip() for left, _, right in pairs}


def _clients(name: str) -> dict[str, tuple[str, str]]:
    """Client id and secret of an app, in whose secret a comma or a colon may stand as ``%2C`` and ``%3A``."""
    read = {addon: given.partition(":") for addon, given in _pairs(name, "add-on=client id:client secret").items()}
    return {addon: (unquote(id_), unquote(secret)) for addon, (id_, _, secret) in read.items()}


def _port(name: str) -> int:
    """A port, or 0 where none is named."""
    text = _text(name)
    if text and not (text.isdecimal() and 0 < int(text) < 65_536):
        raise ImproperlyConfigured(f"{name} is a port from 1 to 65535, and {text!r} is none.")
    return int(text or 0)


def _days(name: str, *, default: int, least: int) -> int:
    """A number of days; 0 for ever."""
    text = _text(name) or str(default)
    if not (text.isdecimal() and (int(text) == 0 or least <= int(text) <= 36_500)):
        raise ImproperlyConfigured(f"{name} is a number of days from {least} on, or 0 for ever, and {text!r} is none.")
    return int(text)


def _servers(name: str) -> tuple[tuple[str, int], ...] | None:
    """Addresses with their ports; None where nothing is said, none of them for ``off``."""
    words = _words(name)
    if [word.lower() for word in words] == ["off"]:
        return ()
    try:
        split = [urlsplit(f"//{word}") for word in words]
        return tuple((str(ip_address(one.hostname or "")), one.port or 53) for one in split) or None
    except ValueError:
        raise ImproperlyConfigured(f"{name} is a comma list of addresses such as 192.0.2.53:53, or off.") from None


def _seconds(name: str, *, default: int, most: int) -> int:
    """A number of seconds."""
    text = _text(name) or str(default)
    if not (text.isdecimal() and 1 <= int(text) <= most):
        raise ImproperlyConfigured(f"{name} is a number of seconds from 1 to {most}, and {text!r} is none.")
    return int(text)


def _one_of(name: str, *words: str, fold: bool = False) -> str:
    """One of a few words, in capitals too where ``fold`` is set; the first where nothing is said."""
    given = _text(name).lower() if fold else _text(name)
    given = given or words[0]
    if given not in words:
        raise ImproperlyConfigured(f"{name} is {' or '.join(words)}, and {given!r} is neither.")
    return given


def _flag(name: str) -> bool:
    """On or off; off where nothing is said. A word that is neither is no *off*: somebody meant something by it."""
    given = _text(name, "0").lower()
    if given not in ON | OFF:
        raise ImproperlyConfigured(f"{name} is 1 or 0, and {given!r} is neither.")
    return given in ON


def _fitting(name: str, fits: Callable[[str], bool], form: str) -> list[str]:
    """A comma list of which each word fits."""
    words = _words(name)
    for word in words:
        if not fits(word):
            raise ImproperlyConfigured(f"{name} is a comma list of {form}, and {word!r} is none.")
    return words


def _is_host_and_port(word: str) -> bool:
    host, _, port = word.rpartition(":")
    return bool(host) and port.isdecimal() and 0 < int(port) < 65_536


def _is_network(word: str) -> bool:
    try:
        ip_network(word, strict=False)
    except ValueError:
        return False
    return True


def _is_host_name(word: str) -> bool:
    return "/" not in word and "://" not in word


def _address(name: str, *schemes: str) -> str:
    """An address of the internet, or an empty text. A refusal does not show it: it may hold a password."""
    given = _text(name).rstrip("/")
    try:
        parts = urlsplit(given)
        usable = parts.scheme in schemes and bool(parts.hostname or parts.scheme == "unix") and parts.port != 0
    except ValueError:  # the port
        usable = False
    if given and not usable:
        begins = " or ".join(f"{scheme}://" for scheme in schemes)
        raise ImproperlyConfigured(f"{name} begins with {begins} and names a host; its port is a number.")
    return given


def _user(name: str) -> int | None:
    """The number of a user of the system, given by name or number."""
    given = _text(name)
    if not given:
        return None
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        raise ImproperlyConfigured(
            f"{name} is for a hub that runs as root; only root may start a process as somebody else."
        )
    import pwd  # not on every system

    try:
        return int(given) if given.isdecimal() else pwd.getpwnam(given).pw_uid
    except KeyError:
        raise ImproperlyConfigured(f"{name}: this machine has no user {given!r}.") from None


def _mounts() -> str:
    try:
        return Path("/proc/mounts").read_text()
    except OSError:
        return ""  # not Linux: the network file system check has nothing to go by


def _is_package(name: str) -> bool:
    spec = find_spec(name)
    return spec is not None and spec.origin is not None


ON, OFF = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})
DEBUG = _flag("HUB_DEBUG")
DEFAULT_EXCEPTION_REPORTER = "hub.web.reporting.Reporter"
HUB_HOME = Path(_text("HUB_HOME", "~/.hub")).expanduser().absolute()
HUB_REDIS_URL = _address("HUB_REDIS_URL", "redis", "rediss", "unix")
HUB_TRUSTED_PROXIES = _fitting("HUB_TRUSTED_PROXIES", _is_network, "addresses and networks such as 10.0.0.0/8")
HUB_CLOCK_FILE = Path(_text("HUB_CLOCK_FILE")) if _text("HUB_CLOCK_FILE") else None
HUB_EGRESS_ALLOWED = _fitting("HUB_EGRESS_ALLOWED", _is_host_and_port, "host:port")
HUB_VENDOR_URLS = _pairs("HUB_VENDOR_URLS", "add-on=url")
HUB_OAUTH_CLIENTS = _clients("HUB_OAUTH_CLIENTS")

try:
    HUB_MAIL_URL = mail_url.read(_text("HUB_MAIL_URL"))
except mail_url.BadMailUrl as error:
    raise ImproperlyConfigured(str(error)) from None

HUB_DNS_SERVERS = _servers("HUB_DNS_SERVERS")
HUB_PLUGIN_ISOLATION = _one_of("HUB_PLUGIN_ISOLATION", "none", "process")
HUB_PLUGIN_TRUSTED = _words("HUB_PLUGIN_TRUSTED")
HUB_PLUGIN_USER = _user("HUB_PLUGIN_USER")
HUB_LOOP_SECONDS = _seconds("HUB_LOOP_SECONDS", default=5, most=60)
HUB_METRICS_PORT = _port("HUB_METRICS_PORT")
HUB_KEEP_RUNS_DAYS = _days("HUB_KEEP_RUNS_DAYS", default=90, least=31)

# --- Database -------------------------------------------------------------------------------------------------------

HUB_DATABASE_URL = _text("HUB_DATABASE_URL") or database_url.of_file(HUB_HOME / "hub.sqlite3")
HUB_EMBEDDED = HUB_DATABASE_URL.startswith("sqlite:")
HUB_ROW_SECURITY = _flag("HUB_ROW_SECURITY")

try:
    DATABASES = {"default": database_url.database(HUB_DATABASE_URL, _mounts())}
    if HUB_EMBEDDED:
        HUB_HOME.mkdir(mode=0o700, parents=True, exist_ok=True)
        Path(DATABASES["default"]["NAME"]).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A key file belongs to one host. Scaled out there are many, so the keys must be given to each.
    _own_keys = HUB_EMBEDDED or DEBUG
    HUB_SECRET_KEYS = keyring.sealing_keys(_text("HUB_SECRET_KEYS"), HUB_HOME / "sealing.key" if _own_keys else None)
    SECRET_KEY = keyring.django_secret(_text("HUB_SECRET_KEY"), HUB_HOME / "signing.key" if _own_keys else None)
except (database_url.BadDatabase, keyring.BadKey) as error:
    raise ImproperlyConfigured(str(error)) from None

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Apps -----------------------------------------------------------------------------------------------------------

# Every host package that holds tables or templates, lowest floor first; one that is not installed is left out.
HOST_APPS = [
    "db",
    "audit",
    "history",
    "notifications",
    "events",
    "accounts",
    "users",
    "seats",
    "contacts",
    "addons",
    "plans",
    "silence",
    "hooks",
    "mail",
    "pages",
    "proposals",
    "billing",
    "operators",
    "engine",
    "imports",
    "arrivals",
    "api",
    "web",
]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "ninja",
    *(f"hub.{name}" for name in HOST_APPS if _is_package(f"hub.{name}")),
]

ROOT_URLCONF = "hub.web.urls"
WSGI_APPLICATION = None

_web = _is_package("hub.web.middleware")  # the light install has no pages
MIDDLEWARE = [
    *(["hub.web.naming.Naming"] if _web else []),
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "hub.web.middleware.Sessions" if _web else "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    # The web's own, each in the order in which a request meets it.
    *(["hub.web.middleware.HubMiddleware"] if _web else []),
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                *(["hub.web.context.frame"] if _is_package("hub.web.context") else []),
            ],
        },
    }
]

# --- Where the hub is reached ---------------------------------------------------------------------------------------

HUB_PUBLIC_URL = _address("HUB_PUBLIC_URL", "https", "http")
_public = urlsplit(HUB_PUBLIC_URL)
HTTPS = _public.scheme == "https"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *_fitting("HUB_ALLOWED_HOSTS", _is_host_name, "host names")]
if _public.hostname:
    ALLOWED_HOSTS.append(_public.hostname)
CSRF_TRUSTED_ORIGINS = [HUB_PUBLIC_URL] if HUB_PUBLIC_URL else []

# --- Headers (security.md R15) --------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0

# --- Sessions and sign-in (security.md R8, R9, R12, R14) ------------------------------------------------------------

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["hub.users.backend.HubBackend"]
LOGIN_URL = "/sign-in"
CSRF_FAILURE_VIEW = "hub.web.views.errors.csrf_failure"

SESSION_ENGINE = "hub.users.sessions"
SESSION_IDLE_SECONDS = 30 * 60
SESSION_COOKIE_AGE = 12 * 60 * 60  # the absolute end; the idle end is kept by the session store
SESSION_COOKIE_NAME = "__Host-hub_session" if HTTPS else "hub_session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-hub_csrf" if HTTPS else "hub_csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

PASSWORD_HASHERS = [
    "hub.users.passwords.Argon2id",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ["username", "email"]}},
    {"NAME": "hub.users.passwords.LongestAllowed"},
]

# --- What a request may weigh (security.md R35, R36) ----------------------------------------------------------------

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # everything but files; more is answered with 413
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # larger files go to disk while they arrive
FILE_UPLOAD_PERMISSIONS = 0o600
HUB_UPLOAD_MAX_BYTES = 64 * 1024 * 1024

# --- Words, times, static files -------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
LOCALE_PATHS = [path for path in [Path(__file__).parents[1] / "web" / "locale"] if path.is_dir()]
# As long as there is no catalogue of ours nothing is looked up, which is a sixth of a long list's time, and a German browser is
# not shown Django's own words in German between ours.
USE_I18N = bool(LOCALE_PATHS)

STATIC_URL = "/static/"
STATIC_ROOT = HUB_HOME / "static"
with suppress(OSError):  # a home that cannot be written to is complained about where writing matters
    HUB_HOME.mkdir(mode=0o700, parents=True, exist_ok=True)
    STATIC_ROOT.mkdir(exist_ok=True)
_hashed = (STATIC_ROOT / "staticfiles.json").exists()
_storage = "whitenoise.storage.CompressedManifestStaticFilesStorage" if _hashed else None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _storage or "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = not _hashed  # nothing to collect before the first start
MEDIA_ROOT = HUB_HOME / "files"

# --- Logs (security.md R29, R30) ------------------------------------------------------------------------------------

HUB_LOG_LEVEL = _one_of("HUB_LOG_LEVEL", "info", "debug", "warning", "error", "critical", fold=True).upper()
LOGGING_CONFIG = None
_log_forms = ("console", "json") if sys.stderr.isatty() else ("json", "console")
logs.configure(HUB_LOG_LEVEL, _one_of("HUB_LOG_FORMAT", *_log_forms, fold=True))

SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # redirecting to https is the proxy's work; we answer on loopback behind it
]
