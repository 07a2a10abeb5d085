"""An OpenID Connect provider on loopback: Authlib's own server classes, with people, passwords and a signing key.

Discovery, authorization code with PKCE (S256), state and nonce, one use of a code, RS256-signed ID tokens, JWKS,
sign-out. It keeps everything in memory.
"""

from __future__ import annotations

import html
import secrets
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qsl, urlencode

import uvicorn
from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

CLIENT, SECRET = "revmix", "a-secret-of-the-client"


@dataclass(frozen=True)
class Person:
    """Somebody the provider knows; `verified` None: it says nothing about the address."""

    email: str
    verified: bool | None = True
    password: str = "correct horse"  # noqa: S105


@dataclass
class Client(ClientMixin):  # type: ignore[misc]
    """The one application that is registered."""

    redirect_uris: list[str]
    client_id: str = CLIENT

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uris[0]

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(name for name in scope.split() if name in {"openid", "email", "profile"})

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return secrets.compare_digest(client_secret, SECRET)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and method in {"client_secret_basic", "client_secret_post"}

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code:
    """An authorization code: what was asked for, by whom."""

    person: Person
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    auth_time: int = field(default_factory=lambda: int(time.time()))

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class Grant(AuthorizationCodeGrant):  # type: ignore[misc]
    """Authorization code, once."""

    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar[list[str]] = ["client_secret_basic", "client_secret_post"]

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        asked = request.payload.data
        self.server.codes[code] = Code(
            request.user,
            asked["redirect_uri"],
            asked["scope"],
            asked.get("nonce"),
            asked.get("code_challenge"),
            asked.get("code_challenge_method"),
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:  # noqa: ARG002
        found: Code | None = self.server.codes.get(code)
        return found

    def delete_authorization_code(self, authorization_code: Code) -> None:
        self.server.codes = {name: one for name, one in self.server.codes.items() if one is not authorization_code}

    def authenticate_user(self, authorization_code: Code) -> Person:
        return authorization_code.person


class IdToken(OpenIDCode):  # type: ignore[misc]
    """ID tokens, signed with the provider's key."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(require_nonce=True)
        self.provider = provider

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:  # noqa: ARG002
        return any(code.nonce == nonce for code in self.provider.codes.values())

    def resolve_client_private_key(self, client: Client) -> RSAKey:  # noqa: ARG002
        return self.provider.key

    def get_client_claims(self, client: Client) -> dict[str, object]:
        return {"iss": self.provider.issuer, "aud": [client.get_client_id()]}

    def get_encode_header(self, client: Client) -> dict[str, str]:  # noqa: ARG002
        return {"alg": "RS256", "kid": str(self.provider.key.kid)}

    def generate_user_info(self, user: Person, scope: str) -> dict[str, object]:  # noqa: ARG002
        verified = {} if user.verified is None else {"email_verified": user.verified}
        return {"sub": f"id-{user.email}", "email": user.email, **verified}


class Provider(AuthorizationServer):  # type: ignore[misc]
    """The provider: `people` by e-mail address."""

    def __init__(self, issuer: str, people: list[Person], redirect_uri: str) -> None:
        super().__init__(scopes_supported=["openid", "email", "profile"])
        self.issuer = issuer
        self.people = {person.email: person for person in people}
        self.client = Client([redirect_uri])
        self.codes: dict[str, Code] = {}
        self.prompts: list[str] = []
        self.challenges: list[str | None] = []
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"})
        self.register_grant(Grant, [IdToken(self), CodeChallenge(required=True)])
        self.register_token_generator("default", self._token)

    @staticmethod
    def _token(scope: str, **_: object) -> dict[str, object]:
        return {"token_type": "Bearer", "access_token": secrets.token_urlsafe(), "expires_in": 3600, "scope": scope}

    def query_client(self, client_id: str) -> Client | None:
        return self.client if client_id == CLIENT else None

    def save_token(self, token: dict[str, object], request: OAuth2Request) -> None:
        """Nothing uses an access token here."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: tuple[Request, dict[str, str]]) -> OAuth2Request:
        http, form = request
        made = _Request(http.method, str(http.url), headers=http.headers)
        made.payload = BasicOAuth2Payload({**dict(http.query_params), **form})
        made.posted = form
        return made

    def handle_response(self, status: int, body: object, headers: list[tuple[str, str]]) -> Response:
        kind = JSONResponse if isinstance(body, dict) else PlainTextResponse
        return kind(body or "", status_code=status, headers=dict(headers))

    # -- what a browser and the application ask
    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/openid-configuration", self.discovery),
            Route("/authorize", self.authorize, methods=["GET", "POST"]),
            Route("/token", self.token, methods=["POST"]),
            Route("/jwks", lambda _: JSONResponse({"keys": [self.key.as_dict(private=False)]})),
            Route("/sign-out", self.sign_out),
        ]

    async def discovery(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "end_session_endpoint": f"{self.issuer}/sign-out",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def authorize(self, request: Request) -> Response:
        form = await _form(request)
        try:
            grant = self.get_consent_grant((request, {}))
        except OAuth2Error as error:
            return PlainTextResponse(f"refused: {error.error} {error.description}", status_code=400)
        person = self.people.get(form.get("email", ""))
        if person is None or not secrets.compare_digest(form.get("password", ""), person.password):
            return HTMLResponse(_page(request))
        self.prompts.append(request.query_params.get("prompt", ""))
        self.challenges.append(request.query_params.get("code_challenge_method"))
        made = self.create_oauth2_request((request, {}))
        made.user = person
        grant.request = made
        response: Response = self.create_authorization_response(made, person, grant=grant)
        # 303, so that the browser asks the application with GET.
        return RedirectResponse(response.headers["location"], status_code=303)

    async def token(self, request: Request) -> Response:
        response: Response = self.create_token_response((request, await _form(request)))
        return response

    async def sign_out(self, request: Request) -> Response:
        return RedirectResponse(f"{request.query_params['post_logout_redirect_uri']}")


class _Request(OAuth2Request):  # type: ignore[misc]
    """A request with its form, as the client's authentication reads it."""

    posted: dict[str, str]

    @property
    def form(self) -> dict[str, str]:
        return self.posted


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode())) if request.method == "POST" else {}


def _page(request: Request) -> str:
    action = html.escape(f"/authorize?{urlencode(dict(request.query_params))}")
    return (
        f'<title>Provider</title><form method="post" action="{action}"><label>E-mail <input name="email"></label>'
        '<label>Password <input name="password" type="password"></label><button>Continue</button></form>'
    )


@contextmanager
def running(port: int, people: list[Person], redirect_uri: str) -> Iterator[Provider]:
    """The provider on ``http://127.0.0.1:port``."""
    provider = Provider(f"http://127.0.0.1:{port}", people, redirect_uri)
    settings = uvicorn.Config(Starlette(routes=provider.routes()), port=port, log_level="error", lifespan="off")
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join()
