"""The demonstration's ENT: a page with one button a person, in front of Authlib's provider. Knows no password."""

from __future__ import annotations

from collections.abc import Mapping
from gettext import NullTranslations
from pathlib import Path
from urllib.parse import urlsplit

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from flask import Flask, Response, abort, jsonify, make_response, render_template, request
from jinja2 import StrictUndefined
from joserfc.jwk import KeySet
from werkzeug.exceptions import HTTPException

from publish.demo.memory import ALGORITHM, SCOPES, Client, Clock, Memory
from publish.demo.people import PEOPLE, grouped
from publish.demo.provider import Provider

COOKIE = "ent-demo"
"""Who is signed in to the ENT itself; nothing to do with the gateway's session."""

TEMPLATES = Path(__file__).parent / "templates"

MOST_BODY = 16_384
"""Bytes; a form here has a few fields."""


def create_ent(
    issuer: str, client: Client, centres: Mapping[str, str], translations: NullTranslations, clock: Clock
) -> Flask:
    """The ENT as a WSGI application.

    Arguments:
        issuer: its own origin; a request for any other host is refused.
        client: the gateway, the only application that may use it.
        centres: slug → name of the published centres, for saying who sees what.
        translations: for its pages.
        clock: seconds since 1970.
    """
    app = Flask("publish.demo.ent", template_folder=str(TEMPLATES), static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined] # by i18n
    app.jinja_env.globals["gateway"] = _origin(client.redirect_uri)
    pages = _Pages(issuer, client, Memory(clock))
    pages.groups = [
        (
            group.value,
            [
                {
                    "key": one.key,
                    "name": one.name,
                    "initials": one.initials,
                    "role": one.role,
                    "seen": one.expectation(centres, translations.gettext),
                }
                for one in some
            ],
        )
        for group, some in grouped()
    ]
    app.before_request(pages.refuse_other_hosts)
    app.after_request(pages.protect)
    app.register_error_handler(HTTPException, pages.failed)
    for path, view, methods in (
        ("/", pages.home, ["GET"]),
        ("/ent.css", pages.style, ["GET"]),
        ("/.well-known/openid-configuration", pages.discovery, ["GET"]),
        ("/jwks", pages.keys, ["GET"]),
        ("/connexion", pages.choose, ["GET"]),
        ("/connexion", pages.chosen, ["POST"]),
        ("/jeton", pages.token, ["POST"]),
        ("/profil", pages.userinfo, ["GET", "POST"]),
        ("/deconnexion", pages.sign_out, ["GET", "POST"]),
    ):
        app.add_url_rule(path, view.__name__, view, methods=methods)
    return app


class _Pages:
    """The addresses of the ENT."""

    def __init__(self, issuer: str, client: Client, memory: Memory) -> None:
        self.issuer, self.client, self.memory = issuer, client, memory
        self.provider = Provider(issuer, client, memory)
        self.people = {person.key: person for person in PEOPLE}
        self.groups: list[tuple[str, list[dict[str, str]]]] = []

    def refuse_other_hosts(self) -> None:
        """Another name that resolves here (DNS rebinding) must not reach the sign-in."""
        if request.host != urlsplit(self.issuer).netloc:
            abort(400)

    def protect(self, response: Response) -> Response:
        """Headers of every answer. The browser applies form-action to the redirection that answers the form, too."""
        policy = f"default-src 'none'; style-src 'self'; form-action 'self' {_origin(self.client.redirect_uri)}"
        response.headers["Content-Security-Policy"] = f"{policy}; base-uri 'none'; frame-ancestors 'none'"
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def home(self) -> str:
        """Where to begin."""
        return render_template("ent_home.html")

    def style(self) -> Response:
        """The one stylesheet."""
        return Response((TEMPLATES / "ent.css").read_bytes(), mimetype="text/css")

    def discovery(self) -> Response:
        """The provider's metadata."""
        return jsonify(_metadata(self.issuer))

    def keys(self) -> Response:
        """The public key."""
        return jsonify(KeySet([self.memory.key]).as_dict(private=False))

    def choose(self) -> Response:
        """The page with the buttons. It is shown to who is already signed in, too: here one changes persons often."""
        try:
            grant = self.provider.get_consent_grant(end_user=self.memory.signed_in(request.cookies.get(COOKIE)))
        except OAuth2Error as error:
            return self.refuse(error)
        return make_response(render_template("ent_sign_in.html", groups=self.groups, current=grant.request.user))

    def chosen(self) -> Response:
        """A button was pressed; the one with an empty value goes back without signing in."""
        try:
            grant = self.provider.get_consent_grant()
        except OAuth2Error as error:
            return self.refuse(error)
        pressed = request.form.get("personne")
        person = self.people.get(pressed or "")
        if person is None and pressed != "":
            abort(400)
        response: Response = self.provider.create_authorization_response(grant_user=person, grant=grant)
        if person is not None:
            response.set_cookie(COOKIE, self.memory.sign_in(person), httponly=True, samesite="Lax")
        return response

    def token(self) -> Response:
        """A code against tokens."""
        answer: Response = self.provider.create_token_response()
        return answer

    def userinfo(self) -> Response:
        """Whom a token speaks of."""
        answer: Response = self.provider.create_endpoint_response("userinfo")
        return answer

    def sign_out(self) -> Response:
        """RP-initiated sign-out; who does not prove where they come from is asked first."""
        try:
            asked = self.provider.validate_endpoint_request("end_session")
        except OAuth2Error as error:
            return self.refuse(error)
        if asked.needs_confirmation and request.method == "GET":
            return make_response(render_template("ent_sign_out.html", asks=True))
        if (current := self.memory.signed_in(request.cookies.get(COOKIE))) is not None:
            self.memory.sign_out(current)
        answer: Response | None = self.provider.create_endpoint_response("end_session", asked)
        response = answer if answer is not None else make_response(render_template("ent_sign_out.html", asks=False))
        response.delete_cookie(COOKIE, httponly=True, samesite="Lax")
        return response

    def refuse(self, error: OAuth2Error) -> Response:
        """Tell the client where its address is known to be good, else tell the person; never redirect elsewhere."""
        if error.redirect_uri == self.client.redirect_uri:
            answer: Response = self.provider.handle_response(*error())
            answer.location = add_params_to_uri(answer.location, {"iss": self.issuer})
            return answer
        return make_response(render_template("ent_error.html"), 400)

    def failed(self, error: HTTPException) -> Response:
        """Every other refusal, in words."""
        return make_response(render_template("ent_error.html"), error.code or 500)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _metadata(issuer: str) -> dict[str, object]:
    """OpenID Connect Discovery 1.0, section 3."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/connexion",
        "token_endpoint": f"{issuer}/jeton",
        "userinfo_endpoint": f"{issuer}/profil",
        "end_session_endpoint": f"{issuer}/deconnexion",
        "jwks_uri": f"{issuer}/jwks",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "claims_supported": ["sub", "name"],
    }
