"""Authenticate a caller of the API by an API token, a run token, or a JWT of the OIDC issuer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mosaic.access import run_tokens, tokens
from mosaic.access.ci_issuers import CiClaims
from mosaic.access.issuer import CiVerifier, JwtVerifier
from mosaic.access.model import Principal, ci_principal
from mosaic.storage.access import Access


@dataclass(frozen=True)
class Authenticator:
    """Finds the principal that holds a bearer token.

    `run_keys`, `jwt_verifier` and `ci_verifier` are called only for their own kind of token. With
    `records_last_use`, the last use of an API token is stored.
    """

    access: Access
    run_keys: Callable[[], tuple[str, ...]]
    jwt_verifier: JwtVerifier | None
    clock: Callable[[], datetime]
    records_last_use: bool = True
    ci_verifier: CiVerifier | None = None

    def of_header(self, authorization: str) -> Principal | None:
        """Returns the holder of the token in an Authorization header, or None."""
        scheme, _, bearer = authorization.partition(" ")
        return self.who(bearer.strip()) if scheme.lower() == "bearer" else None

    def who(self, bearer: str) -> Principal | None:
        """Returns the holder of the token, or None."""
        if run_tokens.is_run_token(bearer):
            return run_tokens.verify(bearer, self.run_keys())
        # API tokens never have dots. Without an issuer, a token with dots is looked up like any other.
        if bearer.count(".") == 2 and (self.jwt_verifier or self.ci_verifier):
            return self._of_jwt(bearer)
        return self._holder(bearer)

    def _of_jwt(self, bearer: str) -> Principal | None:
        now = self.clock()
        if self.ci_verifier and (claims := self.ci_verifier(bearer, now)):
            return self._ci_reporter(claims)
        return self._vouched_for(self.jwt_verifier(bearer, now)) if self.jwt_verifier else None

    def _ci_reporter(self, claims: CiClaims) -> Principal | None:
        """Returns the reporter that a verified token of a CI names, if the workspace of its audience trusts it."""
        workspace = self.access.workspace(claims.workspace_id) if claims.workspace_id else None
        trusting = (known for known in workspace.ci_issuers if known.trusts(claims)) if workspace else ()
        return next((ci_principal(claims, known) for known in trusting), None)

    def _vouched_for(self, principal: Principal | None) -> Principal | None:
        known = principal and self.access.workspace(principal.workspace_id)
        return principal if known else None

    def _holder(self, bearer: str) -> Principal | None:
        token_id, secret = tokens.split(bearer)
        if not token_id:
            return None
        token, now = self.access.token(token_id), self.clock()
        principal = tokens.verify(token, secret, now)
        if principal and token and self.records_last_use:
            self.access.touch_token(token, now)
        return principal
