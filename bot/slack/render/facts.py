"""Each piece of news as a sentence, the same for everybody but for whose MFA it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

from approvals.model import Extend, IssuePass, News, Notice, Protection, Relatch, Request, Suspend
from bot.slack.render.cards import lateness, result
from bot.slack.render.changes import being_made, not_made
from bot.slack.render.passes import granted, uses
from bot.slack.render.rules import HouseRules
from bot.slack.render.text import by, counted, exact, moment, quoted, sentence

DETAIL = 500

Undecided = Literal[News.APPROVED, News.DENIED, News.WITHDRAWN, News.LAPSED, News.REMINDER]
Granted = Literal[News.APPLYING, News.FAILED, News.ACTIVE, News.PROLONGED, News.WARNING]
Changed = Literal[News.STEP_MADE, News.DONE]
Passed = Literal[News.GRANTED, News.SHOWN, News.NOT_SHOWN, News.REMOVED]
Over = Literal[
    News.RESTORED,
    News.RESTORED_BY_SOMEONE_ELSE,
    News.SUBJECT_DELETED,
    News.CLOSED_AS_IS,
    News.SESSIONS_NOT_REVOKED,
]
Returning = Literal[News.ENDING, News.UNCONFIRMED, News.OVERDUE, News.SLIPPED]


@dataclass(frozen=True, slots=True)
class Fact:
    """What has happened, and to whom; *whose* follows the word MFA: ``for Lee Jansen``."""

    request: Request
    notice: Notice
    rules: HouseRules
    whose: str


def told(fact: Fact) -> str:
    """Return *fact* in a sentence or two."""
    news = fact.notice.news
    match news:
        case News.APPROVED | News.DENIED | News.WITHDRAWN | News.LAPSED | News.REMINDER:
            return _undecided(fact, news)
        case News.APPLYING | News.FAILED | News.ACTIVE | News.PROLONGED | News.WARNING:
            return _granted(fact, news)
        case News.ENDING | News.UNCONFIRMED | News.OVERDUE | News.SLIPPED:
            return _returning(fact, news)
        case (
            News.RESTORED
            | News.RESTORED_BY_SOMEONE_ELSE
            | News.SUBJECT_DELETED
            | News.CLOSED_AS_IS
            | News.SESSIONS_NOT_REVOKED
        ):
            return _over(fact, news)
        case News.STEP_MADE | News.DONE:
            return _changed(fact, news)
        case News.GRANTED | News.SHOWN | News.NOT_SHOWN | News.REMOVED:
            return _passed(fact, news)
        case never:
            assert_never(never)


def _undecided(fact: Fact, news: Undecided) -> str:
    notice, who = fact.notice, by(fact.notice.by)
    match news:
        case News.APPROVED:
            more = f"; {notice.count} more needed" if notice.count else ""
            return f"*Approved* by {who} {exact(notice.at)}{more}."
        case News.DENIED:
            return f"*Denied* by {who}{_because(notice)}. Nothing was changed."
        case News.WITHDRAWN:
            return f"*Withdrawn* by {who}. Nothing was changed."
        case News.LAPSED:
            return f"*Lapsed*{_why(notice) or ': nobody decided in time'}. Nothing was changed."
        case News.REMINDER:
            times = f" (reminder {notice.count})" if notice.count else ""
            return f"Still *waiting for approval*{times}. It lapses {moment(fact.request.lapses_at)}."
        case never:
            assert_never(never)


def _granted(fact: Fact, news: Granted) -> str:
    notice, whose = fact.notice, fact.whose
    match news:
        case News.APPLYING:
            return f"*Being applied*: {_being_applied(fact)}"
        case News.FAILED:
            return f"*Failed*{_why(notice)}. {_not_changed(fact)}"
        case News.ACTIVE:
            return f"MFA {whose} is off since {exact(notice.at)} (confirmed by Entra){_until(fact)}."
        case News.PROLONGED:
            return f"*Extended* by {by(notice.by)}: MFA {whose} stays off{_until(fact)}."
        case News.WARNING:
            return f"MFA {whose} comes back soon: it is off{_until(fact)}. {_afterwards(notice.count)}"
        case never:
            assert_never(never)


def _being_applied(fact: Fact) -> str:
    action = fact.request.action
    if isinstance(action, Suspend | Extend | IssuePass):
        return f"Entra is asked to turn MFA {fact.whose} off."
    return being_made(action, fact.request.subject.name)


def _not_changed(fact: Fact) -> str:
    action = fact.request.action
    if isinstance(action, IssuePass):
        return "There is no pass. Ask for another one."
    return f"MFA {fact.whose} was not changed." if isinstance(action, Suspend | Extend) else not_made(action)


def _changed(fact: Fact, news: Changed) -> str:
    notice = fact.notice
    shown = sentence(notice.detail, DETAIL).rstrip(".")
    match news:
        case News.STEP_MADE:
            return f"Set and checked: {shown}. The next step is *being applied*."
        case News.DONE:
            return f"*Done*: {shown}, checked {exact(notice.at)}."
        case never:
            assert_never(never)


def _passed(fact: Fact, news: Passed) -> str:
    notice, pass_ = fact.notice, f"Temporary Access Pass {fact.whose}"
    match news:
        case News.GRANTED:
            return f"*Approved*{_until(fact)}. {granted(fact.request)}"
        case News.SHOWN:
            action = fact.request.action
            good = uses(action) if isinstance(action, IssuePass) else "good"
            until = _until(fact).lstrip(",")
            return f"A {pass_} was shown to {by(notice.by)} {exact(notice.at)}. It is {good}{until}."
        case News.NOT_SHOWN:
            unseen = f"A {pass_} may have been made and was not shown{_why(notice)}."
            return f"{unseen} It is *being restored*: what there is of it is removed."
        case News.REMOVED:
            again = " Ask for another one." if fact.request.unconfirmed else ""
            return f"The {pass_} is removed, checked {exact(notice.at)}.{again}"
        case never:
            assert_never(never)


def _returning(fact: Fact, news: Returning) -> str:
    notice, whose = fact.notice, fact.whose
    if isinstance(fact.request.action, IssuePass):
        return _returning_pass(fact, news)
    match news:
        case News.ENDING:
            early = not isinstance(notice.by, Relatch)
            why = f"Ended early by {by(notice.by)}{_because(notice)}" if early else "The time is over"
            return f"{why}: MFA {whose} is *being restored*."
        case News.UNCONFIRMED:
            unknown = f"Entra did not confirm that MFA {whose} was turned off{_why(notice)}."
            return f"{unknown} It counts as off and is *being restored*."
        case News.OVERDUE:
            tries = f" after {counted(notice.count, 'attempt')}" if notice.count else ""
            late = f":warning: *Overdue*{_since(fact)}: MFA {whose} is not back{tries}{_why(notice)}."
            return f"{late} Trying every minute."
        case News.SLIPPED:
            found = f" (found: {sentence(notice.detail, DETAIL)})" if notice.detail else ""
            again = f":warning: MFA {whose} had been restored and is weaker again{found}."
            return f"{again} It is *being restored* once more."
        case never:
            assert_never(never)


def _returning_pass(fact: Fact, news: Returning) -> str:
    notice, pass_ = fact.notice, f"Temporary Access Pass {fact.whose}"
    if news is News.OVERDUE:
        tries = f" after {counted(notice.count, 'attempt')}" if notice.count else ""
        late = f":warning: *Overdue*{_since(fact)}: the {pass_} is not removed{tries}{_why(notice)}."
        return f"{late} Trying every minute."
    return f"Taken back by {by(notice.by)}{_because(notice)}: the {pass_} is *being restored* (removed)."


def _over(fact: Fact, news: Over) -> str:
    notice, whose = fact.notice, fact.whose
    found = result(fact.request.prior, _found(notice))
    match news:
        case News.RESTORED:
            late = lateness(fact.request, notice.until, notice.at, fact.rules)
            return f"MFA {whose} is *restored*{found}, checked {exact(notice.at)}{late}."
        case News.RESTORED_BY_SOMEONE_ELSE:
            return f"MFA {whose} was *restored by someone else*{found}, checked {exact(notice.at)}."
        case News.SUBJECT_DELETED:
            return "*Subject deleted*: the account is found nowhere any more, nothing is left to restore."
        case News.CLOSED_AS_IS:
            gave_up = f"*Closed without restoring* by {by(notice.by)}{_because(notice)}."
            return f"{gave_up} {_left(fact)}"
        case News.SESSIONS_NOT_REVOKED:
            failed = f"MFA {whose} is back, but signing out everywhere failed{_why(notice)}."
            return f"{failed} Revoke the sessions in the Entra admin center."
        case never:
            assert_never(never)


def _left(fact: Fact) -> str:
    """Say what an operator left as it is."""
    if isinstance(fact.request.action, IssuePass):
        return f"A Temporary Access Pass {fact.whose} may still be there."
    return f"MFA {fact.whose} was not put back by Relatch."


def _found(notice: Notice) -> Protection | None:
    """Return the state a proof names, which is its detail."""
    return Protection(notice.detail) if notice.detail in set(Protection) else None


def _afterwards(factors: int | None) -> str:
    """Say what the end means to somebody with so many second factors."""
    match factors:
        case 0:
            return (
                ":warning: No second factor is registered: after the end it is not possible "
                "to sign in until one is registered."
            )
        case None:
            return (
                "Whether a second factor is registered could not be read; without one there is no signing in."
            )
        case _:
            return f"Registered: {counted(factors, 'second factor')}."


def _until(fact: Fact) -> str:
    end = fact.notice.until or fact.request.ends_at
    return f", until {moment(end)}" if end else ""


def _since(fact: Fact) -> str:
    end = fact.notice.until or fact.request.ends_at
    return f" since {moment(end + fact.rules.overdue)}" if end else ""


def _because(notice: Notice) -> str:
    return f": {quoted(notice.detail, DETAIL)}" if notice.detail else ""


def _why(notice: Notice) -> str:
    return f": {sentence(notice.detail, DETAIL).rstrip('.')}" if notice.detail else ""
