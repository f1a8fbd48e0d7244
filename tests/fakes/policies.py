"""Strategies for policy sets: sets that a workspace may have, and others."""

from __future__ import annotations

from hypothesis import strategies as st

from mosaic.rails.capabilities import CAPABILITIES, PROFILES, Level
from mosaic.rails.schema import ROLES, SOURCES

WORKSPACE = "demo"
JOB_TYPES = ("code-task", "git-status", "review")
BRANCHES = ("main", "mosaic/01", "release/2")
REPOSITORIES = ("acme/shop", "acme/lamp", "other/shop", "")
PATHS = ("infra/prod/main.tf", "src/app.py", "infra/")
LABELS = ("urgent", "safe")


def _quoted(kind: str, names: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return names.map(lambda name: f'Mosaic::{kind}::"{name}"')


_actions = st.sampled_from([*sorted(CAPABILITIES), *(f"level:{level}" for level in Level)])
_capabilities = _quoted("Action", st.sampled_from(sorted(CAPABILITIES)))
_profiles = _quoted("Profile", st.sampled_from([f"{WORKSPACE}/{name}" for name in sorted(PROFILES)]))
_repositories = _quoted("Repository", st.sampled_from(REPOSITORIES))

_principal_scopes = st.one_of(
    st.just("principal"),
    _profiles.map(lambda one: f"principal == {one}"),
    st.just("principal is Mosaic::Profile"),
)
_action_scopes = st.one_of(
    st.just("action"),
    _capabilities.map(lambda one: f"action == {one}"),
    st.lists(_quoted("Action", _actions), min_size=1, max_size=3).map(
        lambda some: f"action in [{', '.join(some)}]"
    ),
)
_resource_scopes = st.one_of(st.just("resource"), _repositories.map(lambda one: f"resource == {one}"))


def _compared(term: str, values: tuple[str, ...]) -> st.SearchStrategy[str]:
    one = st.sampled_from(sorted(values))
    return st.one_of(
        one.map(lambda value: f'{term} == "{value}"'),
        one.map(lambda value: f'{term} != "{value}"'),
        st.lists(one, min_size=1, max_size=2).map(
            lambda some: "[" + ", ".join(f'"{each}"' for each in some) + f"].contains({term})"
        ),
    )


_atoms = st.one_of(
    _compared("principal.profile", tuple(PROFILES)),
    _compared("context.jobType", JOB_TYPES),
    _compared("context.source", SOURCES),
    _compared("context.role", ROLES),
    _compared("context.issueAuthorRole", ROLES),
    _compared("context.branch", BRANCHES),
    _compared("resource.owner", ("acme", "other")),
    _compared("resource.name", ("shop", "lamp")),
    st.sampled_from(LABELS).map(lambda label: f'context.labels.contains("{label}")'),
    st.sampled_from((*PATHS, "src/")).map(lambda path: f'context.paths.contains("{path}")'),
    st.sampled_from(["ma*", "*2", "mosaic/*"]).map(lambda like: f'context.branch like "{like}"'),
    st.sampled_from(["*o*", "sh*p", "*a*p", "l*", "shop", "*"]).map(
        lambda like: f'resource.name like "{like}"'
    ),
    st.sampled_from(["*m*e", "*", "ot*r*"]).map(lambda like: f'resource.owner like "{like}"'),
    st.sampled_from(["github:*", "*:ada", "*a*a*"]).map(lambda like: f'context.actor like "{like}"'),
    st.sampled_from(["containsAny", "containsAll"]).map(
        lambda name: f'context.labels.{name}(["urgent", "safe"])'
    ),
    st.sampled_from(["==", "!="]).map(lambda sign: f'resource {sign} Mosaic::Repository::""'),
    st.sampled_from(["context.granted", "context.approved"]).map(lambda flag: f"{flag} != false"),
    st.sampled_from(
        ["context.granted", "context.approved", "context.labels.isEmpty()", "context has branch"]
    ),
    _quoted("Action", _actions).map(lambda action: f"action in {action}"),
    _repositories.map(lambda one: f"resource == {one}"),
    st.sampled_from(["true", "false"]),
)
_conditions = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda it: f"({it[0]} {it[1]} {it[2]})"),
        inner.map(lambda it: f"!({it})"),
        st.tuples(inner, inner, inner).map(lambda it: f"(if {it[0]} then {it[1]} else {it[2]})"),
    ),
    max_leaves=5,
)


@st.composite
def policy_texts(draw: st.DrawFn) -> str:
    """One policy without annotations, valid under the schema; it may never match."""
    scope = ", ".join((draw(_principal_scopes), draw(_action_scopes), draw(_resource_scopes)))
    clauses = draw(st.lists(st.tuples(st.sampled_from(["when", "unless"]), _conditions), max_size=2))
    conditions = "".join(f"\n{kind} {{ {condition} }}" for kind, condition in clauses)
    return f"{draw(st.sampled_from(['permit', 'forbid']))} ({scope}){conditions};"


@st.composite
def policy_sets(draw: st.DrawFn, modes: tuple[str, ...] = ("", '\n@mode("observe")')) -> tuple[str, ...]:
    """Policies named w0, w1, …, as texts."""
    texts = draw(st.lists(policy_texts(), max_size=6))
    return tuple(
        f'@id("w{number}")\n@reason("because {number}"){draw(st.sampled_from(modes))}\n{text}\n'
        for number, text in enumerate(texts)
    )
