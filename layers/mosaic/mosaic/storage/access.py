"""Store of workspaces, tokens and connected repositories."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Protocol

from aws_lambda_powertools import Logger
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import PynamoDBException, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from mosaic.access.errors import RepositoryTaken, StaleAccess
from mosaic.access.holders import Holder, Holders
from mosaic.access.model import ANY_REPOSITORY, PROVIDERS, Repository, Token, Workspace
from mosaic.base import rfc3339
from mosaic.storage.dynamodb import DEFAULT_TIMEOUTS, Timeouts, bind, is_condition_failed

logger = Logger(child=True)

# The precision of a token's last use: a write for every request would cost more than the time is worth.
LAST_USED_EVERY = timedelta(minutes=5)
# The most repositories in one change: with the workspace they are one transaction of at most 100 items.
MAX_CHANGED_REPOSITORIES = 99


class Access(Protocol):
    """The access table, as the services use it."""

    def workspace(self, workspace_id: str) -> Workspace | None:
        """Returns the workspace (strongly consistent), or None."""

    def workspace_of(self, provider: str, repository: str) -> str | None:
        """Returns the id of the workspace that receives webhooks of this repository, or None."""

    def is_connected(
        self,
        workspace_id: str,
        repository: str,
        providers: Collection[str],
        repository_id: str | None = None,
    ) -> bool:
        """Returns True if the workspace receives webhooks of this repository on one of the forges (strongly
        consistent).

        With `repository_id`, such as `github:1234`, a repository that has the name now, but another id, is not
        meant. One that was renamed is, unless another workspace has its name. See `Holders.allow` for a name
        that other workspaces have proven.
        """

    def configure(self, before: Workspace, after: Workspace) -> None:
        """Replaces `before` by `after`, and connects and disconnects their repositories, in one transaction.

        Raises StaleAccess unless the stored version is that of `before`. Raises RepositoryTaken with the
        repositories that another workspace has. At most MAX_CHANGED_REPOSITORIES may differ.
        """

    def token(self, token_id: str) -> Token | None:
        """Returns the token with this id (strongly consistent), or None."""

    def tokens(self, workspace_id: str, limit: int, before: str | None) -> tuple[Token, ...]:
        """Returns at most `limit` tokens of the workspace with ids below `before`, in descending order.

        A token that is less than a second old may be missing. The returned tokens are strongly consistent.
        """

    def add_token(self, token: Token) -> None:
        """Stores a new token. Raises StaleAccess if its id is taken."""

    def revoke_token(self, token: Token, now: datetime, keeper: str | None) -> None:
        """Revokes the token; with `keeper`, only if that other token is not revoked.

        Raises StaleAccess if one of them was revoked meanwhile.
        """

    def touch_token(self, token: Token, now: datetime) -> None:
        """Records the use of the token, at most once in LAST_USED_EVERY. Never raises."""


class ByWorkspace(GlobalSecondaryIndex["AccessItem"]):
    """The items of a workspace, by key."""

    class Meta:
        """The name and projection of the index, as in the template."""

        index_name = "by_workspace"
        projection = KeysOnlyProjection()

    workspace_id = UnicodeAttribute(hash_key=True)
    access_key = UnicodeAttribute(range_key=True)


class ByRepository(GlobalSecondaryIndex["AccessItem"]):
    """The pending connections of a repository, by key."""

    class Meta:
        """The name and projection of the index, as in the template."""

        index_name = "by_repository"
        projection = KeysOnlyProjection()

    repository = UnicodeAttribute(hash_key=True)
    access_key = UnicodeAttribute(range_key=True)


class AccessItem(Model):
    """The item of a workspace, a token, a repository or a connection; the key begins with the kind.

    `version` is the workspace's. `last_used_at` and `revoked_at` are separate attributes, so that neither
    write undoes the other.
    """

    class Meta:
        """The table is bound by `mosaic.storage.dynamodb.bind`."""

        table_name = "access"

    access_key = UnicodeAttribute(hash_key=True)
    workspace_id = UnicodeAttribute()
    value = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    last_used_at = UnicodeAttribute(null=True)
    revoked_at = UnicodeAttribute(null=True)
    repository = UnicodeAttribute(null=True)
    by_workspace = ByWorkspace()
    by_repository = ByRepository()


class AccessStore:
    """The access table in DynamoDB."""

    def __init__(self, table: str, timeouts: Timeouts = DEFAULT_TIMEOUTS) -> None:
        self._items = bind(AccessItem, table, timeouts)
        self._timeouts = timeouts

    def workspace(self, workspace_id: str) -> Workspace | None:
        """See `Access.workspace`."""
        item = self._get(f"workspace#{workspace_id}")
        return Workspace.model_validate_json(item.value or "") if item else None

    def workspace_of(self, provider: str, repository: str) -> str | None:
        """See `Access.workspace_of`. A repository's own entry takes precedence over ANY_REPOSITORY."""
        item = self._get(repository_key(provider, repository)) or self._get(
            repository_key(provider, ANY_REPOSITORY)
        )
        return item.workspace_id if item else None

    def is_connected(
        self,
        workspace_id: str,
        repository: str,
        providers: Collection[str],
        repository_id: str | None = None,
    ) -> bool:
        """See `Access.is_connected`."""
        forge, _, forge_id = (repository_id or "").partition(":")
        by_id = repository_id_key(forge, forge_id)
        named = {provider: repository_key(provider, repository) for provider in PROVIDERS}
        rest = {provider: repository_key(provider, ANY_REPOSITORY) for provider in providers}
        wanted = [*named.values(), *rest.values(), *([by_id] if repository_id else [])]
        items = self._items.batch_get(wanted, consistent_read=True)
        found = {item.access_key: _holder(item) for item in items}
        holders = Holders(
            named={provider: found[key] for provider, key in named.items() if key in found},
            rest={provider: found[key] for provider, key in rest.items() if key in found},
            by_id=found.get(by_id),
        )
        return holders.allow(workspace_id, providers, repository_id)

    def put_workspace(self, workspace: Workspace) -> None:
        """Stores a workspace and its repositories, whatever its version. Raises as `configure` does."""
        self.configure(self.workspace(workspace.id) or Workspace(id=workspace.id), workspace)

    def connect(self, provider: str, repository: str, workspace_id: str) -> None:
        """Connects a repository (ANY_REPOSITORY for all others) to a workspace.

        Raises RepositoryTaken if another workspace has it, StaleAccess if the workspace was changed
        meanwhile.
        """
        added = Repository.model_validate({"provider": provider, "name": repository})
        known = self.workspace(workspace_id) or Workspace(id=workspace_id)
        others = tuple(other for other in known.repositories if _key(other) != _key(added))
        before = known.model_copy(update={"repositories": others})
        self.configure(before, known.model_copy(update={"repositories": (*others, added)}))

    def configure(self, before: Workspace, after: Workspace) -> None:
        """See `Access.configure`."""
        current = {_key(repository): repository for repository in before.repositories}
        wanted = {_key(repository): repository for repository in after.repositories}
        removed = [repository for key, repository in current.items() if key not in wanted]
        added = [repository for key, repository in wanted.items() if key not in current]
        # A repository with a connection's secret is changed by `mosaic.storage.connections` only.
        is_ours = (self._items.workspace_id == after.id) & self._items.value.does_not_exist()
        try:
            with TransactWrite(connection=self._connection) as writing:
                for repository in removed:
                    writing.delete(self._repository_item(repository, after.id), self._absent() | is_ours)
                for repository in added:
                    writing.save(self._repository_item(repository, after.id), self._absent() | is_ours)
                writing.save(self._workspace_item(after), self._unchanged(before))
        except TransactWriteError as error:
            raise _refusal(error, (*removed, *added)) from error

    def token(self, token_id: str) -> Token | None:
        """See `Access.token`."""
        item = self._get(f"token#{token_id}") if token_id else None
        return _token(item) if item else None

    def tokens(self, workspace_id: str, limit: int, before: str | None) -> tuple[Token, ...]:
        """See `Access.tokens`."""
        start = {"workspace_id": {"S": workspace_id}, "access_key": {"S": f"token#{before}"}}
        items = self._items.by_workspace.query(
            workspace_id,
            self._items.access_key.startswith("token#"),
            scan_index_forward=False,
            page_size=limit,
            last_evaluated_key=start if before else None,
        )
        keys = [item.access_key for item in islice(items, limit)]
        tokens = (_token(item) for item in self._items.batch_get(keys, consistent_read=True))
        return tuple(sorted(tokens, key=lambda token: token.id, reverse=True))

    def put_token(self, token: Token) -> None:
        """Stores a token, new or changed."""
        self._token_item(token).save()

    def add_token(self, token: Token) -> None:
        """See `Access.add_token`."""
        try:
            self._token_item(token).save(self._absent())
        except PynamoDBException as error:
            if is_condition_failed(error):
                raise StaleAccess(f"the token id {token.id} is taken") from error
            raise

    def revoke_token(self, token: Token, now: datetime, keeper: str | None) -> None:
        """See `Access.revoke_token`."""
        live = self._items.revoked_at.does_not_exist() & self._items.value.exists()
        try:
            with TransactWrite(connection=self._connection) as writing:
                if keeper:
                    writing.condition_check(self._items, f"token#{keeper}", condition=live)
                item, revoked = self._token_item(token), self._items.revoked_at.set(rfc3339(now))
                writing.update(item, [revoked], live)
        except TransactWriteError as error:
            raise _refusal(error, ()) from error

    def touch_token(self, token: Token, now: datetime) -> None:
        """See `Access.touch_token`."""
        if token.last_used_at and now < token.last_used_at + LAST_USED_EVERY:
            return
        used, until = self._items.last_used_at, rfc3339(now - LAST_USED_EVERY)
        try:
            # Without the first condition the write would recreate a token that was deleted meanwhile.
            self._token_item(token).update(
                actions=[used.set(rfc3339(now))],
                condition=self._items.access_key.exists() & (used.does_not_exist() | (used <= until)),
            )
        except UpdateError as error:
            if not is_condition_failed(error):
                logger.warning(
                    "the last use of a token was not recorded", token_id=token.id, reason=str(error)
                )

    def _get(self, key: str) -> AccessItem | None:
        try:
            return self._items.get(key, consistent_read=True)
        except self._items.DoesNotExist:
            return None

    def _absent(self) -> Condition:
        return self._items.access_key.does_not_exist()

    def _unchanged(self, before: Workspace) -> Condition:
        same = self._items.version == before.version
        return same if before.version else same | self._items.version.does_not_exist()

    @cached_property
    def _connection(self) -> Connection:
        return Connection(
            connect_timeout_seconds=self._timeouts.connect,
            read_timeout_seconds=self._timeouts.read,
            max_retry_attempts=self._timeouts.retries,
        )

    def _workspace_item(self, workspace: Workspace) -> AccessItem:
        value = workspace.model_dump_json(by_alias=True, exclude_none=True)
        return self._items(
            f"workspace#{workspace.id}", workspace_id=workspace.id, value=value, version=workspace.version
        )

    def _repository_item(self, repository: Repository, workspace_id: str) -> AccessItem:
        return self._items(_key(repository), workspace_id=workspace_id)

    def _token_item(self, token: Token) -> AccessItem:
        return self._items(
            f"token#{token.id}",
            workspace_id=token.workspace_id,
            value=token.model_dump_json(by_alias=True, exclude_none=True, exclude=_APART),
            last_used_at=rfc3339(token.last_used_at) if token.last_used_at else None,
            revoked_at=rfc3339(token.revoked_at) if token.revoked_at else None,
        )


_APART = {"last_used_at", "revoked_at"}


def _token(item: AccessItem) -> Token:
    known = Token.model_validate_json(item.value or "")
    return Token.model_validate({**dict(known), **{name: getattr(item, name) for name in _APART}})


def _refusal(error: TransactWriteError, repositories: tuple[Repository, ...]) -> Exception:
    """Returns the reason for a cancelled transaction, whose first actions are on `repositories`; any other
    error unchanged.
    """
    if error.cause_response_code != "TransactionCanceledException":
        return error
    codes = [reason.code if reason else "" for reason in error.cancellation_reasons]
    checks = zip(repositories, codes, strict=False)
    taken = [repository for repository, code in checks if code == "ConditionalCheckFailed"]
    if taken:
        return RepositoryTaken(tuple(taken))
    if {"ConditionalCheckFailed", "TransactionConflict"} & set(codes):
        return StaleAccess("the workspace or its tokens are being changed; read them again")
    return error


def _key(repository: Repository) -> str:
    return repository_key(repository.provider, repository.name)


def _holder(item: AccessItem) -> Holder:
    connected = json.loads(item.value).get("repositoryId") if item.value else None
    return Holder(
        item.workspace_id,
        proven=item.value is not None,
        repository_id=None if connected is None else str(connected),
    )


def repository_key(provider: str, repository: str) -> str:
    """Returns the key of the item that names the repository's workspace."""
    return f"repository#{provider}#{repository.lower()}"


def repository_id_key(provider: str, repository_id: int | str) -> str:
    """Returns the key of the item that names the workspace of the repository with the forge's id."""
    return f"repository#{provider}#id={repository_id}"
