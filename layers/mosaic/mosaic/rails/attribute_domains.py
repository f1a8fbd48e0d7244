"""The values that each attribute of a request can have. Pure.

All comparisons of policies are held to this table: ==, !=, in, like, contains, containsAll, containsAny and sets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase, ascii_uppercase, digits

from mosaic.jobs.actors import FORGES, normal_name
from mosaic.rails import schema
from mosaic.rails.capabilities import CAPABILITIES, PROFILES
from mosaic.rails.lookalikes import foreign_character, lookalike_in
from mosaic.rails.wildcards import Wildcard, example_of, find_text, matches_all
from mosaic.rails.work_limit import WorkLimit

Literal = str | bool

_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
# Stands for every character of an attribute that may have any: no policy can name a private one.
_ANY_OTHER = "\ue000"
_MAX_LABEL = 200
_MAX_SHOWN = 100


def _patterns(*texts: str) -> tuple[Wildcard, ...]:
    return tuple(map(Wildcard.parse, texts))


def _without(characters: str) -> tuple[Wildcard, ...]:
    """The patterns of texts with one of the characters."""
    return tuple(Wildcard(("", char, "")) for char in characters)


@dataclass(frozen=True)
class TextForm:
    """One form of texts: their characters (None for any), the patterns that they match, and those that they do
    not.
    """

    characters: str | None
    required: tuple[Wildcard, ...] = ()
    excluded: tuple[Wildcard, ...] = ()
    max_length: int = 200

    def alphabet(self, named: frozenset[str]) -> Sequence[str]:
        """Returns the characters to build a text of, for patterns that name these."""
        return self.characters if self.characters is not None else (*sorted(named), _ANY_OTHER)

    def admits(self, text: str) -> bool:
        """Returns whether the text has this form."""
        return (
            len(text) <= self.max_length
            and (self.characters is None or all(char in self.characters for char in text))
            and all(pattern.matches(text) for pattern in self.required)
            and not any(pattern.matches(text) for pattern in self.excluded)
        )


def _unchanged(text: str) -> str:
    return text


@dataclass(frozen=True)
class TextDomain:
    """The texts of one of some forms. `words` describes them; `mended` corrects common errors of a text."""

    words: str
    forms: tuple[TextForm, ...]
    mended: Callable[[str], str] = field(default=_unchanged)

    def admits(self, value: Literal) -> bool:
        """Returns whether the attribute can have this value."""
        return isinstance(value, str) and any(form.admits(value) for form in self.forms)

    def find(
        self, required: Collection[Wildcard], excluded: Collection[Wildcard], limit: WorkLimit
    ) -> str | None:
        """Returns a text that matches all required patterns and no excluded one, None if there is none.

        Raises WorkLimitExceeded.
        """
        simple = example_of(required)
        if self.admits(simple) and matches_all(simple, required, excluded):
            return simple
        named = frozenset[str]().union(*(pattern.characters for pattern in (*required, *excluded)))
        for form in self.forms:
            text = find_text(
                (*form.required, *required),
                (*form.excluded, *excluded),
                form.alphabet(named),
                form.max_length,
                limit,
            )
            if text is not None:
                return text
        return None


@dataclass(frozen=True)
class FiniteDomain:
    """A few values."""

    values: frozenset[Literal]

    def admits(self, value: Literal) -> bool:
        """Returns whether the attribute can have this value."""
        return value in self.values


Domain = TextDomain | FiniteDomain
Domains = Mapping[str, Domain]

_LOWER_NAME = ascii_lowercase + digits + "._-"
_REPOSITORY_PART = TextForm(_LOWER_NAME, excluded=_patterns("", ".", "..", "..."), max_length=100)
_EMPTY = TextForm("", max_length=0)
_NO_CAPITALS = "".join(char for char in _PRINTABLE if char not in ascii_uppercase)


def _without_prefix(text: str) -> str:
    return re.sub(r"^(refs/(heads|tags)/|refs/remotes/[^/]+/|heads/|tags/|remotes/[^/]+/)", "", text)


def _as_path(text: str) -> str:
    return re.sub(r"^(\./+|/+)+", "", re.sub(r"/(\./+|/)+", "/", text.replace("\\", "/")))


# The attributes whose values do not depend on the workspace.
TEXT_DOMAINS: Mapping[str, TextDomain] = {
    "context.branch": TextDomain(
        "the short name of a branch, such as release/2",
        (
            TextForm(
                None,
                excluded=(
                    *_patterns("", "HEAD", "@", "-*", "refs/*", "heads/*", "tags/*", "remotes/*", ".*", "/*"),
                    *_patterns("*..*", "*//*", "*/.*", "*@{*", "*.lock", "*.lock/*", "*.", "*/"),
                    *_without(" ~^:?*[\\`"),
                ),
                max_length=255,
            ),
        ),
        _without_prefix,
    ),
    "context.paths": TextDomain(
        "a file or a folder/ within the repository, such as src/login/",
        (
            TextForm(
                None,
                excluded=_patterns(
                    *("", "/*", "*//*", ".", "..", "./*", "../*", "*/.", "*/..", "*/./*", "*/../*"),
                )
                + _without("\\`"),
            ),
        ),
        _as_path,
    ),
    "context.labels": TextDomain(
        "the name of a label", (TextForm(None, excluded=_patterns(""), max_length=_MAX_LABEL),)
    ),
    "context.actor": TextDomain(
        "provider:login in lower case, such as github:ada, or token: or oidc: and an id",
        (
            *(
                TextForm(_NO_CAPITALS, _patterns(f"{provider}:*"), _patterns(f"{provider}:"), max_length=300)
                for provider in sorted({*FORGES, "mosaic"})
            ),
            TextForm(_PRINTABLE, _patterns("token:*"), _patterns("token:"), max_length=300),
            TextForm(None, _patterns("oidc:*"), _patterns("oidc:"), max_length=300),
        ),
        normal_name,
    ),
    "resource": TextDomain(
        "owner/name in lower case, such as acme/shop, or empty without a repository",
        (
            TextForm(
                _LOWER_NAME + "/",
                _patterns("*/*"),
                _patterns("*/*/*", "/*", "*/", "./*", "../*", "*/.", "*/.."),
                max_length=201,
            ),
            _EMPTY,
        ),
        str.lower,
    ),
    "resource.owner": TextDomain(
        "the owner of a repository in lower case, or empty without a repository",
        (_REPOSITORY_PART, _EMPTY),
        str.lower,
    ),
    "resource.name": TextDomain(
        "the name of a repository in lower case and without its owner, or empty without a repository",
        (_REPOSITORY_PART, _EMPTY),
        lambda name: name.lower().rpartition("/")[2],
    ),
}
SETS = frozenset({"context.paths", "context.labels"})
FLAGS = ("context.granted", "context.approved")


def domains_of(workspace_id: str, job_types: Collection[str]) -> Domains:
    """Returns the domain of each attribute in a workspace with these job types."""
    finite: dict[str, Collection[Literal]] = {
        "principal": schema.principals(workspace_id),
        "principal.workspace": (workspace_id,),
        "principal.profile": PROFILES,
        "action": CAPABILITIES,
        "resource.workspace": (workspace_id,),
        "context.jobType": job_types,
        "context.source": schema.SOURCES,
        "context.role": schema.ROLES,
        "context.issueAuthorRole": schema.ROLES,
        **dict.fromkeys(FLAGS, (True, False)),
    }
    return {**TEXT_DOMAINS, **{name: FiniteDomain(frozenset(values)) for name, values in finite.items()}}


def value_problem(shown: str, value: Literal, domain: Domain) -> str | None:
    """Returns why the attribute never has this value, and how to mend the policy; None if it can have it."""
    if isinstance(domain, FiniteDomain):
        return (
            None
            if domain.admits(value)
            else f"{shown} is never `{brief(str(value))}`, only {_listed(domain)}"
        )
    reason = lookalike_in(str(value))
    if reason is None and domain.admits(value):
        return None
    mended = domain.mended(str(value))
    remedy = _remedy(str(value), reason, domain, mended if domain.admits(mended) else None)
    return f"{shown} is never `{brief(str(value))}`: {remedy}"


def pattern_problem(shown: str, pattern: Wildcard, domain: Domain, limit: WorkLimit) -> str | None:
    """Returns why no value of the attribute matches the pattern, and how to mend the policy; None if one can.

    Raises WorkLimitExceeded.
    """
    if isinstance(domain, FiniteDomain):
        can = any(pattern.matches(str(value)) for value in domain.values)
        return None if can else f"{shown} never matches `{brief(str(pattern))}`, only {_listed(domain)}"
    reason = lookalike_in("".join(pattern.texts))
    if reason is None and domain.find((pattern,), (), limit) is not None:
        return None
    mended = Wildcard((domain.mended(pattern.texts[0]), *pattern.texts[1:]))
    if mended.texts == pattern.texts:
        mended = Wildcard(tuple(map(domain.mended, pattern.texts)))
    can = any(mended.texts) and domain.find((mended,), (), limit) is not None
    remedy = _remedy("".join(pattern.texts), reason, domain, str(mended) if can else None)
    return f"{shown} never matches `{brief(str(pattern))}`: {remedy}"


def brief(text: str) -> str:
    """Returns the beginning of a text of a policy, for an error message."""
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"


def _listed(domain: FiniteDomain) -> str:
    return ", ".join(sorted(map(str, domain.values)))


def _remedy(text: str, reason: str | None, domain: TextDomain, mended: str | None) -> str:
    odd = next((char for char in text if not char.isascii()), None)
    longest = max(form.max_length for form in domain.forms)
    if reason is not None:
        return f"it {reason}"
    if odd and domain.forms[0].characters is not None:
        return f"it has {foreign_character(odd)}, which it never has; write {domain.words}"
    if len(text) > longest:
        return f"it is longer than {longest} characters; write {domain.words}"
    return f"write `{brief(mended)}`, {domain.words}" if mended is not None else f"write {domain.words}"
