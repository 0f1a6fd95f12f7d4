"""A small OpenID Connect provider with a test's accounts: discovery, code flow with PKCE, signed identity tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "groundswell", "of-the-test"


class Provider:
    """Whoever comes picks an account; nobody has a password."""

    def __init__(self, accounts: Mapping[str, Mapping[str, Any]]) -> None:
        """`accounts`: by subject, the claims of the identity token."""
        self.accounts = accounts
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
        self.codes: dict[str, dict[str, str]] = {}
        self.issuer = ""

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
        }  # fmt: skip

    def choice(self, query: Mapping[str, str]) -> str:
        """A page with a link for each account, which leads back with a code."""
        links = []
        for subject in self.accounts:
            code = secrets.token_urlsafe(16)
            self.codes[code] = {**query, "sub": subject}
            back = f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"
            links.append(f'<p><a id="{subject}" href="{back}">{subject}</a></p>')
        return "".join(links)

    def token(self, form: Mapping[str, str], client: str) -> dict[str, Any] | None:
        """Tokens for a code, once; nothing where the code, the client or the verifier is not right."""
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or client != f"{CLIENT}:{SECRET}" or asked.get("code_challenge") != challenge:
            return None
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": asked["sub"], "iat": now, "exp": now + 300}
        claims |= {"nonce": asked["nonce"]} if "nonce" in asked else {}
        header = {"alg": "RS256", "kid": "k1"}
        token = jwt.encode(header, claims | dict(self.accounts[asked["sub"]]), self.key)
        return {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": token}


@contextmanager
def provider(accounts: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Serve one on a free port; the address of its configuration."""
    made = Provider(accounts)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            match parts.path:
                case "/.well-known/openid-configuration":
                    self._answer(200, json.dumps(made.configuration()))
                case "/keys":
                    self._answer(200, json.dumps({"keys": [made.key.as_dict(private=False)]}))
                case "/authorize":
                    self._answer(200, made.choice(query), "text/html")
                case _:
                    self._answer(404, "{}")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            basic = self.headers.get("Authorization", "").removeprefix("Basic ")
            client = (
                base64.b64decode(basic).decode() if basic else f"{form.get('client_id')}:{form.get('client_secret')}"
            )
            answer = made.token(form, client)
            self._answer(200 if answer else 400, json.dumps(answer or {"error": "invalid_grant"}))

        def _answer(self, status: int, body: str, kind: str = "application/json") -> None:
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{made.issuer}/.well-known/openid-configuration"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
